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
	%D%/directory.c \
	%D%/directory.h \
	%D%/error.c \
	%D%/error.h \
	%D%/filter.c \
	%D%/filter.h \
	%D%/klog.c \
	%D%/klog.h \
	%D%/links.c \
	%D%/links.h \
	%D%/memory-size.c \
	%D%/memory-size.h \
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
	%D%/session.c \
	%D%/session.h \
	%D%/visited.c \
	%D%/visited.h

if TOOLS

bin_PROGRAMS += bin/fs2tar

bin_fs2tar_SOURCES = $(tools_common) \
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
	%D%/fs2tar/sparse.c \
	%D%/fs2tar/sparse.h \
	%D%/fs2tar/stream.c \
	%D%/fs2tar/stream.h \
	%D%/fs2tar/walk.c \
	%D%/fs2tar/walk.h
bin_fs2tar_CPPFLAGS = $(AM_CPPFLAGS) $(LIBARCHIVE_CFLAGS) $(LIBBLKID_CFLAGS)
bin_fs2tar_LDADD = lkl/liblkl.la $(LIBARCHIVE_LIBS) $(LIBBLKID_LIBS)
bin_fs2tar_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_fs2tar_OBJECTS): | $(api_headers)

# One program with two names.
bin_PROGRAMS += bin/cptofs

bin_cptofs_SOURCES = $(tools_common) \
	%D%/cp/archive.c \
	%D%/cp/archive.h \
	%D%/cp/arguments.c \
	%D%/cp/arguments.h \
	%D%/cp/attributes.c \
	%D%/cp/attributes.h \
	%D%/cp/calls.h \
	%D%/cp/cp.c \
	%D%/cp/data.c \
	%D%/cp/data.h \
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
	%D%/cp/make.c \
	%D%/cp/make.h \
	%D%/cp/member.c \
	%D%/cp/member.h \
	%D%/cp/operands.c \
	%D%/cp/operands.h \
	%D%/cp/owners.c \
	%D%/cp/owners.h \
	%D%/cp/tree.c \
	%D%/cp/tree.h \
	%D%/cp/xattrs.c \
	%D%/cp/xattrs.h
bin_cptofs_CPPFLAGS = $(AM_CPPFLAGS) $(LIBARCHIVE_CFLAGS) $(LIBBLKID_CFLAGS)
bin_cptofs_LDADD = lkl/liblkl.la $(LIBARCHIVE_LIBS) $(LIBBLKID_LIBS)
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

install-exec-hook:
	rm -f $(DESTDIR)$(bindir)/cpfromfs
	cd $(DESTDIR)$(bindir) && $(LN_S) cptofs cpfromfs

uninstall-local:
	rm -f $(DESTDIR)$(bindir)/cpfromfs

endif
