# SPDX-License-Identifier: GPL-2.0-only
#
# src/lklrun/local.mk - lklrun: runs a program on the files of an image

if TOOLS

noinst_PROGRAMS = bin/lklrun

bin_lklrun_SOURCES = \
	%D%/call.h \
	%D%/calls-attributes.c \
	%D%/calls-directories.c \
	%D%/calls-names.c \
	%D%/calls-sockets.c \
	%D%/calls-stat.c \
	%D%/files.h \
	%D%/lklrun.c \
	%D%/process.h \
	%D%/resolve.c \
	%D%/resolve.h \
	%D%/table.h
bin_lklrun_CPPFLAGS = $(tools_cppflags)
bin_lklrun_LDADD = $(libcommon) lkl/liblkl.la
bin_lklrun_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_lklrun_OBJECTS): | $(api_headers)

endif
