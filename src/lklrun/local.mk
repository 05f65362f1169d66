# SPDX-License-Identifier: GPL-2.0-only
#
# src/lklrun/local.mk - lklrun: runs a program on the files of an image

if TOOLS

# Where paths lead, and calls that need no more than that: tests link them, too.
noinst_LTLIBRARIES += %D%/libcalls.la
%C%_libcalls_la_SOURCES = \
	%D%/binds.c \
	%D%/binds.h \
	%D%/calls-attributes.c \
	%D%/calls-directories.c \
	%D%/calls-links.c \
	%D%/calls-names.c \
	%D%/calls-stat.c \
	%D%/calls-xattr.c \
	%D%/place.c \
	%D%/proc-link.c \
	%D%/resolve.c \
	%D%/resolve.h \
	%D%/roots.c \
	%D%/roots.h \
	%D%/walk.c \
	%D%/walk.h
%C%_libcalls_la_CPPFLAGS = $(tools_cppflags)

$(%C%_libcalls_la_OBJECTS): | $(api_headers)

libcalls = %D%/libcalls.la

noinst_PROGRAMS = bin/lklrun

bin_lklrun_SOURCES = \
	%D%/call.h \
	%D%/calls-sockets.c \
	%D%/files.h \
	%D%/lklrun.c \
	%D%/process.h \
	%D%/table.h
bin_lklrun_CPPFLAGS = $(tools_cppflags)
bin_lklrun_LDADD = $(libcalls) $(libcommon) lkl/liblkl.la
bin_lklrun_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_lklrun_OBJECTS): | $(api_headers)

endif
