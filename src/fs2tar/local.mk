# SPDX-License-Identifier: GPL-2.0-only
#
# src/fs2tar/local.mk - fs2tar: writes the files of an image into a tar archive

if TOOLS

bin_PROGRAMS += bin/fs2tar

bin_fs2tar_SOURCES = \
	%D%/arguments.c \
	%D%/arguments.h \
	%D%/compress.c \
	%D%/compress.h \
	%D%/fs2tar.c \
	%D%/job.c \
	%D%/job.h \
	%D%/member.c \
	%D%/member.h \
	%D%/pax.c \
	%D%/pax.h \
	%D%/sparse.c \
	%D%/sparse.h \
	%D%/stream.c \
	%D%/stream.h \
	%D%/tree.c \
	%D%/tree.h
bin_fs2tar_CPPFLAGS = $(tools_cppflags) $(LIBARCHIVE_CFLAGS)
bin_fs2tar_LDADD = $(libcommon) lkl/liblkl.la
bin_fs2tar_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_fs2tar_OBJECTS): | $(api_headers)

endif
