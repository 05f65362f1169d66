# SPDX-License-Identifier: GPL-2.0-only
#
# src/mkfs-fixed/local.mk - the library that mkfs programs preload

if TOOLS

# In a folder beside liblkl: it is for no other program.
pkglib_LTLIBRARIES = lkl/liblkl-mkfs.la
lkl_liblkl_mkfs_la_SOURCES = %D%/mkfs-fixed.c
# It runs in programs of others: no sanitizer.
lkl_liblkl_mkfs_la_CFLAGS = -std=gnu11 $(PREFIX_MAP_CFLAGS) $(WARN_CFLAGS) \
	-fvisibility=hidden
lkl_liblkl_mkfs_la_LDFLAGS = -module -avoid-version -shared

endif
