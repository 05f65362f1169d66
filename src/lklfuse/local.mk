# SPDX-License-Identifier: GPL-2.0-only
#
# src/lklfuse/local.mk - mounts images

if LKLFUSE

bin_PROGRAMS += bin/lklfuse

bin_lklfuse_SOURCES = \
	%D%/arguments.c \
	%D%/arguments.h \
	%D%/background.c \
	%D%/background.h \
	%D%/callers.c \
	%D%/callers.h \
	%D%/device.c \
	%D%/device.h \
	%D%/filesystem.c \
	%D%/filesystem.h \
	%D%/fuse-ring-protocol.h \
	%D%/identity.c \
	%D%/identity.h \
	%D%/inode-fds.c \
	%D%/inode-keys.c \
	%D%/inode-table.c \
	%D%/inode-table.h \
	%D%/inodes.c \
	%D%/inodes.h \
	%D%/interrupts.c \
	%D%/interrupts.h \
	%D%/lklfuse.c \
	%D%/log.c \
	%D%/log.h \
	%D%/mount-options.c \
	%D%/mount-options.h \
	%D%/mount.c \
	%D%/mount.h \
	%D%/op-attributes.c \
	%D%/op-data.c \
	%D%/op-directories.c \
	%D%/op-ioctl-encryption.c \
	%D%/op-ioctl-special.c \
	%D%/op-ioctl.c \
	%D%/op-names.c \
	%D%/op-open.c \
	%D%/op-xattr.c \
	%D%/operations.c \
	%D%/operations.h \
	%D%/owners.c \
	%D%/owners.h \
	%D%/protocol-additions.c \
	%D%/protocol-additions.h \
	%D%/quiet-sync.c \
	%D%/quiet-sync.h \
	%D%/rings.h \
	%D%/short-polling.c \
	%D%/short-polling.h \
	%D%/unmount.c \
	%D%/unmount.h \
	%D%/workers.c \
	%D%/workers.h
if LIBURING
bin_lklfuse_SOURCES += \
	%D%/ring-entries.c \
	%D%/ring-placement.c \
	%D%/ring.h \
	%D%/rings-make.c \
	%D%/rings.c
else
bin_lklfuse_SOURCES += %D%/no-rings.c
endif
bin_lklfuse_CPPFLAGS = $(tools_cppflags) $(FUSE_CFLAGS) $(LIBURING_CFLAGS)
bin_lklfuse_LDADD = $(libcommon) lkl/liblkl.la $(FUSE_LIBS) $(LIBURING_LIBS)
bin_lklfuse_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_lklfuse_OBJECTS): | $(api_headers)

endif
