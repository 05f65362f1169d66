# SPDX-License-Identifier: GPL-2.0-only
#
# src/lklfs/sftp/local.mk - the SFTP server of "lklfs sftp"
#
# A library, so that the fuzzer links it as well.

if TOOLS

noinst_LTLIBRARIES += %D%/libsftp.la
%C%_libsftp_la_SOURCES = \
	%D%/attributes.c \
	%D%/attributes.h \
	%D%/copy-data.c \
	%D%/directories.c \
	%D%/extensions.c \
	%D%/files.c \
	%D%/handles.c \
	%D%/handles.h \
	%D%/names.c \
	%D%/protocol.h \
	%D%/read-ahead.c \
	%D%/read-ahead.h \
	%D%/realpath.c \
	%D%/realpath.h \
	%D%/serve.c \
	%D%/serve.h \
	%D%/server.c \
	%D%/server.h \
	%D%/wire.c \
	%D%/wire.h
%C%_libsftp_la_CPPFLAGS = $(tools_cppflags)

$(%C%_libsftp_la_OBJECTS): | $(api_headers)

libsftp = %D%/libsftp.la

endif
