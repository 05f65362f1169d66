# SPDX-License-Identifier: GPL-2.0-only
#
# src/lklrun/local.mk - lklrun: runs a program on the files of an image

if TOOLS

# Where paths lead; a test links it, too.
noinst_LTLIBRARIES += %D%/libpaths.la
%C%_libpaths_la_SOURCES = \
	%D%/binds.c \
	%D%/binds.h \
	%D%/place.c \
	%D%/proc-link.c \
	%D%/resolve.c \
	%D%/resolve.h \
	%D%/roots.c \
	%D%/roots.h \
	%D%/walk.c \
	%D%/walk.h
%C%_libpaths_la_CPPFLAGS = $(tools_cppflags)

$(%C%_libpaths_la_OBJECTS): | $(api_headers)

libpaths = %D%/libpaths.la

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
	%D%/table.h
bin_lklrun_CPPFLAGS = $(tools_cppflags)
bin_lklrun_LDADD = $(libpaths) $(libcommon) lkl/liblkl.la
bin_lklrun_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_lklrun_OBJECTS): | $(api_headers)

endif
