# SPDX-License-Identifier: GPL-2.0-only
#
# src/common/local.mk - what the tools share

# Also in tarballs that are made in a build without the tools.
EXTRA_DIST += %D%/sandbox/generate-seccomp.c

if TOOLS

noinst_LTLIBRARIES += %D%/libcommon.la
%C%_libcommon_la_SOURCES = \
	%D%/archive-library.c \
	%D%/archive-library.h \
	%D%/archive-none.h \
	%D%/attributes/acl.c \
	%D%/attributes/acl.h \
	%D%/attributes/adopt.c \
	%D%/attributes/adopt.h \
	%D%/attributes/xattrs.c \
	%D%/attributes/xattrs.h \
	%D%/byte-order.h \
	%D%/cleanup.h \
	%D%/chunk-ring.c \
	%D%/chunk-ring.h \
	%D%/cli/common-options.c \
	%D%/cli/common-options.h \
	%D%/cli/date.c \
	%D%/cli/date.h \
	%D%/cli/mode.c \
	%D%/cli/mode.h \
	%D%/cli/mtime.c \
	%D%/cli/mtime.h \
	%D%/cli/options.c \
	%D%/cli/options.h \
	%D%/cli/owner.c \
	%D%/cli/owner.h \
	%D%/cli/parse.c \
	%D%/cli/parse.h \
	%D%/cli/progress.c \
	%D%/cli/progress.h \
	%D%/cli/quote.c \
	%D%/cli/quote.h \
	%D%/cli/report.c \
	%D%/cli/report.h \
	%D%/copy/archive-acl.c \
	%D%/copy/archive-acl.h \
	%D%/copy/archive-ahead.c \
	%D%/copy/archive-ahead.h \
	%D%/copy/archive-decompress.c \
	%D%/copy/archive-decompress.h \
	%D%/copy/archive-directories.c \
	%D%/copy/archive-member.c \
	%D%/copy/archive-path.c \
	%D%/copy/archive-path.h \
	%D%/copy/archive-size.c \
	%D%/copy/archive-size.h \
	%D%/copy/archive-stream.c \
	%D%/copy/archive-stream.h \
	%D%/copy/archive.c \
	%D%/copy/archive.h \
	%D%/copy/attributes.c \
	%D%/copy/attributes.h \
	%D%/copy/copy.h \
	%D%/copy/create.c \
	%D%/copy/create.h \
	%D%/copy/file.c \
	%D%/copy/gzip-reader.c \
	%D%/copy/gzip-reader.h \
	%D%/copy/host-calls.c \
	%D%/copy/host-guardian.c \
	%D%/copy/host-guardian.h \
	%D%/copy/host-hidden.c \
	%D%/copy/host-hidden.h \
	%D%/copy/job.c \
	%D%/copy/job.h \
	%D%/copy/operands.c \
	%D%/copy/operands.h \
	%D%/copy/owners.c \
	%D%/copy/owners.h \
	%D%/copy/settings-options.c \
	%D%/copy/settings-options.h \
	%D%/copy/source-ahead.c \
	%D%/copy/source-ahead.h \
	%D%/copy/tree.c \
	%D%/copy/wildcards.c \
	%D%/copy/wildcards.h \
	%D%/copy/writeback.c \
	%D%/copy/writeback.h \
	%D%/descriptor-path.c \
	%D%/descriptor-path.h \
	%D%/digest.c \
	%D%/digest.h \
	%D%/error.c \
	%D%/error.h \
	%D%/hash.h \
	%D%/image/gpt.c \
	%D%/image/gpt.h \
	%D%/image/image-opener.c \
	%D%/image/image-opener.h \
	%D%/image/klog.c \
	%D%/image/klog.h \
	%D%/image/memory-size.c \
	%D%/image/memory-size.h \
	%D%/image/partition-type.c \
	%D%/image/partition-type.h \
	%D%/image/partition.c \
	%D%/image/partition.h \
	%D%/image/probe-copy.c \
	%D%/image/probe-copy.h \
	%D%/image/probe.c \
	%D%/image/probe.h \
	%D%/image/release.c \
	%D%/image/release.h \
	%D%/image/session-disks.c \
	%D%/image/session-find.c \
	%D%/image/session-kernel.c \
	%D%/image/session-mount.c \
	%D%/image/session-system.c \
	%D%/image/session-mounts.c \
	%D%/image/session-private.h \
	%D%/image/session.c \
	%D%/image/session.h \
	%D%/image/stack.c \
	%D%/image/stack.h \
	%D%/image/suffix-format.c \
	%D%/image/suffix-format.h \
	%D%/image/superblock.c \
	%D%/image/superblock.h \
	%D%/image/tag.c \
	%D%/image/tag.h \
	%D%/image/watchdog.c \
	%D%/image/watchdog.h \
	%D%/json-writer.c \
	%D%/json-writer.h \
	%D%/library-file.c \
	%D%/library-file.h \
	%D%/mkfs/fixed-mkfs.c \
	%D%/mkfs/fixed-mkfs.h \
	%D%/monotonic.h \
	%D%/output.c \
	%D%/output.h \
	%D%/path-below.c \
	%D%/path-below.h \
	%D%/quiet-thread.c \
	%D%/quiet-thread.h \
	%D%/same-file.h \
	%D%/sandbox/guardian.c \
	%D%/sandbox/guardian.h \
	%D%/sandbox/landlock.c \
	%D%/sandbox/layers.h \
	%D%/sandbox/private-root.c \
	%D%/sandbox/sandbox.c \
	%D%/sandbox/sandbox.h \
	%D%/sandbox/seccomp-filters.h \
	%D%/sandbox/seccomp.c \
	%D%/secret-memory.c \
	%D%/secret-memory.h \
	%D%/standard-descriptors.c \
	%D%/standard-descriptors.h \
	%D%/storage/key-guardian.c \
	%D%/storage/key-guardian.h \
	%D%/storage/key-options.c \
	%D%/storage/key-options.h \
	%D%/storage/key-process.c \
	%D%/storage/key-process.h \
	%D%/storage/key-prompt.c \
	%D%/storage/key-prompt.h \
	%D%/storage/key-wait.c \
	%D%/storage/key-wait.h \
	%D%/storage/luks-header.c \
	%D%/storage/luks-header.h \
	%D%/storage/luks-protocol.h \
	%D%/storage/luks.c \
	%D%/storage/luks.h \
	%D%/storage/array.c \
	%D%/storage/btrfs.c \
	%D%/storage/choose.c \
	%D%/storage/encrypted.c \
	%D%/storage/encrypted.h \
	%D%/storage/lvm-group.c \
	%D%/storage/lvm-group.h \
	%D%/storage/lvm-label.c \
	%D%/storage/lvm-label.h \
	%D%/storage/lvm-map.c \
	%D%/storage/lvm-map.h \
	%D%/storage/lvm-target.c \
	%D%/storage/lvm-target.h \
	%D%/storage/lvm-text.c \
	%D%/storage/lvm-text.h \
	%D%/storage/lvm.c \
	%D%/storage/mapper-word.h \
	%D%/storage/mapper.c \
	%D%/storage/mapper.h \
	%D%/storage/node.c \
	%D%/storage/node.h \
	%D%/storage/storage.c \
	%D%/storage/storage.h \
	%D%/storage/unlock.c \
	%D%/storage/unlock.h \
	%D%/storage/verity-options.c \
	%D%/storage/verity-options.h \
	%D%/storage/verity-superblock.c \
	%D%/storage/verity-superblock.h \
	%D%/storage/verity.c \
	%D%/storage/verity.h \
	%D%/storage/volume.h \
	%D%/system/discoverable.c \
	%D%/system/discoverable.h \
	%D%/system/fstab-find.c \
	%D%/system/fstab-source.c \
	%D%/system/fstab-source.h \
	%D%/system/fstab.c \
	%D%/system/fstab.h \
	%D%/system/mount-plan.c \
	%D%/system/mount-plan.h \
	%D%/system/os-release.c \
	%D%/system/os-release.h \
	%D%/system/systems-choose.c \
	%D%/system/systems.c \
	%D%/system/systems.h \
	%D%/system/var-uuid.c \
	%D%/tree/accounts.c \
	%D%/tree/accounts.h \
	%D%/tree/contents.c \
	%D%/tree/contents.h \
	%D%/tree/damaged-file.c \
	%D%/tree/damaged-file.h \
	%D%/tree/device.h \
	%D%/tree/direct.c \
	%D%/tree/direct.h \
	%D%/tree/directory.c \
	%D%/tree/directory.h \
	%D%/tree/file-calls.h \
	%D%/tree/filter.c \
	%D%/tree/filter.h \
	%D%/tree/image-calls.c \
	%D%/tree/links.c \
	%D%/tree/links.h \
	%D%/tree/path.c \
	%D%/tree/path.h \
	%D%/tree/remove.c \
	%D%/tree/remove.h \
	%D%/tree/visited.c \
	%D%/tree/visited.h \
	%D%/tree/walk.c \
	%D%/tree/walk.h \
	%D%/whole.c \
	%D%/whole.h \
	%D%/zeroes.h
%C%_libcommon_la_CPPFLAGS = $(tools_cppflags) $(LIBBLKID_CFLAGS) \
	-iquote %D%/sandbox $(LIBARCHIVE_CFLAGS) \
	$(NETTLE_CFLAGS) $(ZLIB_CFLAGS)
%C%_libcommon_la_LIBADD = $(LIBBLKID_LIBS) $(ZLIB_LIBS)

# Order only.  A rule for a single object would replace automake's.
$(%C%_libcommon_la_OBJECTS): | $(api_headers) $(seccomp_filters)

# The filters of system calls are made by a program that runs during the build;
# the tools do not need libseccomp.
if SECCOMP
seccomp_filters = %D%/sandbox/seccomp-filters.inc
CLEANFILES += $(seccomp_filters) %D%/sandbox/generate-seccomp
%D%/sandbox/generate-seccomp: %D%/sandbox/generate-seccomp.c \
		%D%/sandbox/seccomp-filters.h
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(CC_FOR_BUILD) -std=gnu11 $(WARN_CFLAGS) \
		-o $@ $< $(LIBSECCOMP_CFLAGS) $(LIBSECCOMP_LIBS)
$(seccomp_filters): %D%/sandbox/generate-seccomp
	$(AM_V_GEN)./$< @host_cpu@ >$@.tmp && mv $@.tmp $@
endif

# Tools and unit tests link this.
libcommon = %D%/libcommon.la
tools_cppflags = $(AM_CPPFLAGS) -iquote $(srcdir)/src

endif
