# SPDX-License-Identifier: GPL-2.0-only
#
# src/tar2fs/layout/local.mk - whole disks: definitions of partitions, dm-verity

if TOOLS

noinst_LTLIBRARIES += %D%/liblayout.la
%C%_liblayout_la_SOURCES = \
	%D%/arrange.c \
	%D%/arrange.h \
	%D%/definition.c \
	%D%/definition.h \
	%D%/keys.c \
	%D%/parse.c \
	%D%/read.c \
	%D%/value.c \
	%D%/value.h \
	%D%/verity.c \
	%D%/verity.h
%C%_liblayout_la_CPPFLAGS = $(tools_cppflags) $(NETTLE_CFLAGS)
%C%_liblayout_la_LIBADD = $(libcontainer) $(libcommon)

$(%C%_liblayout_la_OBJECTS): | $(api_headers)

# tar2fs and unit tests link this.
liblayout = %D%/liblayout.la

# The rest needs the other parts of tar2fs.
tar2fs_layout = \
	%D%/assemble.c \
	%D%/assemble.h \
	%D%/contents.c \
	%D%/contents.h \
	%D%/disk-check.c \
	%D%/disk-names.c \
	%D%/disk-sizes.c \
	%D%/disk-steps.h \
	%D%/disk.c \
	%D%/disk.h \
	%D%/hash-tree.c \
	%D%/hash-tree.h \
	%D%/identifier.c \
	%D%/identifier.h \
	%D%/image-verity.c \
	%D%/image-verity.h \
	%D%/options.c \
	%D%/options.h \
	%D%/part.c \
	%D%/part.h \
	%D%/skeleton.c \
	%D%/skeleton.h \
	%D%/table.c \
	%D%/table.h

endif
