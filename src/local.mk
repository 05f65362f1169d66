# SPDX-License-Identifier: GPL-2.0-only
#
# src/local.mk - the tools

# What the tools share.
tools_common = \
	%D%/cleanup.h \
	%D%/common-options.c \
	%D%/common-options.h \
	%D%/date.c \
	%D%/date.h \
	%D%/device.h \
	%D%/direct.c \
	%D%/direct.h \
	%D%/directory.c \
	%D%/directory.h \
	%D%/error.c \
	%D%/error.h \
	%D%/filter.c \
	%D%/filter.h \
	%D%/guardian.c \
	%D%/guardian.h \
	%D%/klog.c \
	%D%/klog.h \
	%D%/links.c \
	%D%/links.h \
	%D%/memory-size.c \
	%D%/memory-size.h \
	%D%/mtime.c \
	%D%/mtime.h \
	%D%/options.c \
	%D%/options.h \
	%D%/owner.c \
	%D%/owner.h \
	%D%/parse.c \
	%D%/parse.h \
	%D%/partition.c \
	%D%/partition.h \
	%D%/path.c \
	%D%/path.h \
	%D%/probe.c \
	%D%/probe.h \
	%D%/progress.c \
	%D%/progress.h \
	%D%/quote.c \
	%D%/quote.h \
	%D%/report.c \
	%D%/report.h \
	%D%/sample.c \
	%D%/sample.h \
	%D%/sandbox-landlock.c \
	%D%/sandbox-layers.h \
	%D%/sandbox-seccomp.c \
	%D%/sandbox.c \
	%D%/sandbox.h \
	%D%/session.c \
	%D%/session.h \
	%D%/superblock.c \
	%D%/superblock.h \
	%D%/visited.c \
	%D%/visited.h

# What those that read or write archives have besides.
tools_archive = \
	%D%/archive-library.c \
	%D%/archive-library.h

# What that needs.
tools_cflags = $(LIBBLKID_CFLAGS) $(LIBSECCOMP_CFLAGS)
tools_libs = $(LIBBLKID_LIBS) $(LIBSECCOMP_LIBS)

if TOOLS

bin_PROGRAMS += bin/fs2tar

bin_fs2tar_SOURCES = $(tools_common) $(tools_archive) \
	%D%/fs2tar/acl.c \
	%D%/fs2tar/acl.h \
	%D%/fs2tar/arguments.c \
	%D%/fs2tar/arguments.h \
	%D%/fs2tar/attributes.c \
	%D%/fs2tar/attributes.h \
	%D%/fs2tar/compress.c \
	%D%/fs2tar/compress.h \
	%D%/fs2tar/data.c \
	%D%/fs2tar/data.h \
	%D%/fs2tar/decimal.h \
	%D%/fs2tar/fs2tar.c \
	%D%/fs2tar/holes.c \
	%D%/fs2tar/holes.h \
	%D%/fs2tar/job.c \
	%D%/fs2tar/job.h \
	%D%/fs2tar/member.c \
	%D%/fs2tar/member.h \
	%D%/fs2tar/output.c \
	%D%/fs2tar/output.h \
	%D%/fs2tar/pax.c \
	%D%/fs2tar/pax.h \
	%D%/fs2tar/records.c \
	%D%/fs2tar/records.h \
	%D%/fs2tar/sparse.c \
	%D%/fs2tar/sparse.h \
	%D%/fs2tar/stream.c \
	%D%/fs2tar/stream.h \
	%D%/fs2tar/ustar.c \
	%D%/fs2tar/ustar.h \
	%D%/fs2tar/walk.c \
	%D%/fs2tar/walk.h
bin_fs2tar_CPPFLAGS = $(AM_CPPFLAGS) $(LIBARCHIVE_CFLAGS) $(tools_cflags)
bin_fs2tar_LDADD = lkl/liblkl.la $(tools_libs)
bin_fs2tar_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_fs2tar_OBJECTS): | $(api_headers)

# One program with two names.
bin_PROGRAMS += bin/cptofs

bin_cptofs_SOURCES = $(tools_common) $(tools_archive) \
	%D%/cp/archive.c \
	%D%/cp/archive.h \
	%D%/cp/arguments.c \
	%D%/cp/arguments.h \
	%D%/cp/attributes.c \
	%D%/cp/attributes.h \
	%D%/cp/below.c \
	%D%/cp/below.h \
	%D%/cp/calls.h \
	%D%/cp/confine.c \
	%D%/cp/confine.h \
	%D%/cp/cp.c \
	%D%/cp/data.c \
	%D%/cp/data.h \
	%D%/cp/early.c \
	%D%/cp/early.h \
	%D%/cp/expand.c \
	%D%/cp/expand.h \
	%D%/cp/file.c \
	%D%/cp/file.h \
	%D%/cp/host.c \
	%D%/cp/image.c \
	%D%/cp/interrupt.c \
	%D%/cp/interrupt.h \
	%D%/cp/job.c \
	%D%/cp/job.h \
	%D%/cp/limits.c \
	%D%/cp/limits.h \
	%D%/cp/make-link.c \
	%D%/cp/make.c \
	%D%/cp/make.h \
	%D%/cp/member-data.c \
	%D%/cp/member-data.h \
	%D%/cp/member.c \
	%D%/cp/member.h \
	%D%/cp/operands.c \
	%D%/cp/operands.h \
	%D%/cp/owners.c \
	%D%/cp/owners.h \
	%D%/cp/parents.c \
	%D%/cp/parents.h \
	%D%/cp/pending.c \
	%D%/cp/pending.h \
	%D%/cp/stream.c \
	%D%/cp/stream.h \
	%D%/cp/tree.c \
	%D%/cp/tree.h \
	%D%/cp/way.c \
	%D%/cp/way.h \
	%D%/cp/xattrs.c \
	%D%/cp/xattrs.h
bin_cptofs_CPPFLAGS = $(AM_CPPFLAGS) $(LIBARCHIVE_CFLAGS) $(tools_cflags)
bin_cptofs_LDADD = lkl/liblkl.la $(tools_libs)
bin_cptofs_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_cptofs_OBJECTS): | $(api_headers)

# Not yet installed, the program may be a script that finds the library.
noinst_SCRIPTS = bin/cpfromfs
CLEANFILES += bin/cpfromfs bin/.libs/cpfromfs
bin/cpfromfs: bin/cptofs$(EXEEXT)
	$(AM_V_GEN)if test -x bin/.libs/cptofs; then \
		$(LN_S) -f cptofs bin/.libs/cpfromfs && \
		sed "s/^\( *program=\)'cptofs'/\1'cpfromfs'/" bin/cptofs >$@ && \
		chmod +x $@; \
	else \
		$(LN_S) -f cptofs $@; \
	fi

# mount(8) looks for the other one, in /sbin.
if LKLFUSE
install_mount_helper = install-mount-helper
endif
install-exec-hook: $(install_mount_helper)
	rm -f $(DESTDIR)$(bindir)/cpfromfs
	cd $(DESTDIR)$(bindir) && $(LN_S) cptofs cpfromfs

install-mount-helper:
	$(MKDIR_P) $(DESTDIR)$(sbindir)
	rm -f $(DESTDIR)$(sbindir)/mount.fuse.lklfuse
	cd $(DESTDIR)$(sbindir) && \
		$(LN_S) $(bindir)/lklfuse mount.fuse.lklfuse

uninstall-local:
	rm -f $(DESTDIR)$(bindir)/cpfromfs
	rm -f $(DESTDIR)$(sbindir)/mount.fuse.lklfuse

if LKLFUSE

bin_PROGRAMS += bin/lklfuse

bin_lklfuse_SOURCES = $(tools_common) \
	%D%/lklfuse/arguments.c \
	%D%/lklfuse/arguments.h \
	%D%/lklfuse/background.c \
	%D%/lklfuse/background.h \
	%D%/lklfuse/callers.c \
	%D%/lklfuse/callers.h \
	%D%/lklfuse/device.c \
	%D%/lklfuse/device.h \
	%D%/lklfuse/filesystem.c \
	%D%/lklfuse/filesystem.h \
	%D%/lklfuse/identity.c \
	%D%/lklfuse/identity.h \
	%D%/lklfuse/lklfuse.c \
	%D%/lklfuse/log.c \
	%D%/lklfuse/log.h \
	%D%/lklfuse/mount.c \
	%D%/lklfuse/mount.h \
	%D%/lklfuse/nodes-fds.c \
	%D%/lklfuse/nodes-fds.h \
	%D%/lklfuse/nodes-key.c \
	%D%/lklfuse/nodes-key.h \
	%D%/lklfuse/nodes-notes.c \
	%D%/lklfuse/nodes-table.c \
	%D%/lklfuse/nodes-table.h \
	%D%/lklfuse/nodes.c \
	%D%/lklfuse/nodes.h \
	%D%/lklfuse/op-attributes.c \
	%D%/lklfuse/op-data.c \
	%D%/lklfuse/op-direct.c \
	%D%/lklfuse/op-directories.c \
	%D%/lklfuse/op-ioctl.c \
	%D%/lklfuse/op-names.c \
	%D%/lklfuse/op-open.c \
	%D%/lklfuse/op-setattr.c \
	%D%/lklfuse/op-subvolumes.c \
	%D%/lklfuse/op-xattr.c \
	%D%/lklfuse/operations.c \
	%D%/lklfuse/operations.h \
	%D%/lklfuse/owners.c \
	%D%/lklfuse/owners.h \
	%D%/lklfuse/requests.c \
	%D%/lklfuse/requests.h \
	%D%/lklfuse/suboptions-own.c \
	%D%/lklfuse/suboptions.c \
	%D%/lklfuse/suboptions.h \
	%D%/lklfuse/unmounter.c \
	%D%/lklfuse/unmounter.h \
	%D%/lklfuse/workers.c \
	%D%/lklfuse/workers.h
bin_lklfuse_CPPFLAGS = $(AM_CPPFLAGS) $(FUSE_CFLAGS) $(tools_cflags)
bin_lklfuse_LDADD = lkl/liblkl.la $(FUSE_LIBS) $(tools_libs)
bin_lklfuse_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_lklfuse_OBJECTS): | $(api_headers)

endif

# The same for unit tests, which take from it what they test.
check_LTLIBRARIES += %D%/libtools-testing.la
%C%_libtools_testing_la_SOURCES = $(tools_common)
%C%_libtools_testing_la_CPPFLAGS = $(AM_CPPFLAGS) $(tools_cflags)
%C%_libtools_testing_la_LIBADD = $(tools_libs)
$(%C%_libtools_testing_la_OBJECTS): | $(api_headers)
tools_testing = %D%/libtools-testing.la

endif
