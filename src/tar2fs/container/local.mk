# SPDX-License-Identifier: GPL-2.0-only
#
# src/tar2fs/container/local.mk - container images as inputs of tar2fs

if TOOLS

noinst_LTLIBRARIES += %D%/libcontainer.la
%C%_libcontainer_la_SOURCES = \
	%D%/candidate.c \
	%D%/candidate.h \
	%D%/container.c \
	%D%/container.h \
	%D%/image-docker.c \
	%D%/image-oci.c \
	%D%/image.c \
	%D%/image.h \
	%D%/json.c \
	%D%/json.h \
	%D%/layer.c \
	%D%/layer.h \
	%D%/merged-tree.c \
	%D%/merged-tree.h \
	%D%/plan.c \
	%D%/plan.h \
	%D%/platform.c \
	%D%/platform.h \
	%D%/store.c \
	%D%/store.h \
	%D%/tar-reader.c \
	%D%/tar-reader.h \
	%D%/unpack.c
%C%_libcontainer_la_CPPFLAGS = $(tools_cppflags) $(LIBARCHIVE_CFLAGS) \
	$(NETTLE_CFLAGS) $(JANSSON_CFLAGS)
%C%_libcontainer_la_LIBADD = $(libcommon)

$(%C%_libcontainer_la_OBJECTS): | $(api_headers)

# tar2fs and unit tests link this.
libcontainer = %D%/libcontainer.la

endif
