# SPDX-License-Identifier: GPL-2.0-only
#
# src/tar2fs/local.mk - tar2fs: makes images from folders and archives

if TOOLS

bin_PROGRAMS += bin/tar2fs

bin_tar2fs_SOURCES = \
	%D%/arguments.c \
	%D%/arguments.h \
	%D%/build.c \
	%D%/build.h \
	%D%/command.c \
	%D%/command.h \
	%D%/confine.c \
	%D%/confine.h \
	%D%/demand.c \
	%D%/demand.h \
	%D%/fill.c \
	%D%/fill.h \
	%D%/inputs.c \
	%D%/inputs.h \
	%D%/kind.c \
	%D%/kind.h \
	%D%/mkfs.c \
	%D%/mkfs.h \
	%D%/mkfs-message.c \
	%D%/mkfs-message.h \
	%D%/pack.c \
	%D%/pack.h \
	%D%/process.c \
	%D%/process.h \
	%D%/program.c \
	%D%/program.h \
	%D%/subvolumes.c \
	%D%/subvolumes.h \
	%D%/tar2fs.c \
	%D%/transfer.c \
	%D%/transfer.h \
	%D%/unpack-limit.c \
	%D%/unpack-limit.h \
	$(tar2fs_layout)
bin_tar2fs_CPPFLAGS = $(tools_cppflags) $(LIBARCHIVE_CFLAGS) \
	$(LIBFDISK_CFLAGS) $(NETTLE_CFLAGS)
bin_tar2fs_LDADD = $(liblayout) $(libcontainer) $(libcommon) lkl/liblkl.la
bin_tar2fs_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_tar2fs_OBJECTS): | $(api_headers)

endif
