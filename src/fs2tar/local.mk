# SPDX-License-Identifier: GPL-2.0-only
#
# src/fs2tar/local.mk - an image becomes a tar archive

if TOOLS

bin_PROGRAMS += bin/fs2tar

bin_fs2tar_SOURCES = \
	%D%/acl.c \
	%D%/acl.h \
	%D%/arguments.c \
	%D%/arguments.h \
	%D%/attributes.c \
	%D%/attributes.h \
	%D%/compress.c \
	%D%/compress.h \
	%D%/data.c \
	%D%/data.h \
	%D%/decimal.h \
	%D%/fs2tar.c \
	%D%/holes.c \
	%D%/holes.h \
	%D%/job.c \
	%D%/job.h \
	%D%/member.c \
	%D%/member.h \
	%D%/output.c \
	%D%/output.h \
	%D%/pax.c \
	%D%/pax.h \
	%D%/records.c \
	%D%/records.h \
	%D%/sparse.c \
	%D%/sparse.h \
	%D%/stream.c \
	%D%/stream.h \
	%D%/ustar.c \
	%D%/ustar.h \
	%D%/walk.c \
	%D%/walk.h
bin_fs2tar_CPPFLAGS = $(tools_cppflags) $(LIBARCHIVE_CFLAGS)
bin_fs2tar_LDADD = $(libcommon) lkl/liblkl.la
bin_fs2tar_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_fs2tar_OBJECTS): | $(api_headers)

endif
