# SPDX-License-Identifier: GPL-2.0-only
#
# lkl/local.mk - the library

include %D%/kernel.mk
include %D%/api.mk
include %D%/blk/local.mk
include %D%/host/local.mk

# Directories: every file in them is part of the release.
EXTRA_DIST += %D%/arch %D%/api %D%/liblkl.syms

include_HEADERS += %D%/include/lkl.h

lkl_sources = %D%/arch/include/asm/host_ops.h \
	$(blk_sources) $(host_sources)

# What the host library uses besides the C library; it loads libnbd itself.
lkl_cppflags = $(AM_CPPFLAGS) -iquote $(srcdir)/%D%
lkl_cflags = $(LIBURING_CFLAGS) $(LIBNBD_CFLAGS) $(ZLIB_CFLAGS) \
	$(LIBZSTD_CFLAGS)
lkl_libs = $(LIBURING_LIBS) $(ZLIB_LIBS) $(LIBZSTD_LIBS)

lib_LTLIBRARIES += %D%/liblkl.la

%C%_liblkl_la_SOURCES = $(lkl_sources)
%C%_liblkl_la_CPPFLAGS = $(lkl_cppflags)
%C%_liblkl_la_CFLAGS = $(AM_CFLAGS) $(lkl_cflags) -fvisibility=hidden
%C%_liblkl_la_LIBADD = kernel/lkl.lo $(lkl_libs)
%C%_liblkl_la_LDFLAGS = $(AM_LDFLAGS) \
	-version-info $(LKL_LIBTOOL_VERSION) -no-undefined \
	-Wl,--version-script=$(srcdir)/%D%/liblkl.syms \
	-Wl,-z,defs -Wl,-z,text -Wl,-z,relro -Wl,-z,now $(RELR_LDFLAGS) \
	-pthread
EXTRA_%C%_liblkl_la_DEPENDENCIES = $(srcdir)/%D%/liblkl.syms \
	include/layout.stamp

# The same for unit tests: everything visible, and the kernel only if a test
# links it itself.
check_LTLIBRARIES += %D%/liblkl-testing.la
%C%_liblkl_testing_la_SOURCES = $(lkl_sources)
%C%_liblkl_testing_la_CPPFLAGS = $(lkl_cppflags)
%C%_liblkl_testing_la_CFLAGS = $(AM_CFLAGS) $(lkl_cflags)
%C%_liblkl_testing_la_LIBADD = $(lkl_libs)

$(%C%_liblkl_la_OBJECTS) $(%C%_liblkl_testing_la_OBJECTS): | $(api_headers)
