# SPDX-License-Identifier: GPL-2.0-only
#
# lkl/local.mk - the library

include %D%/kernel.mk
include %D%/api.mk

# Directories: every file in them is part of the release.
EXTRA_DIST += %D%/arch %D%/api %D%/liblkl.syms

include_HEADERS += %D%/include/lkl.h

lkl_sources = \
	%D%/arch/include/asm/host_ops.h \
	%D%/blk/blk.c \
	%D%/blk/blk.h \
	%D%/blk/error.c \
	%D%/blk/error.h \
	%D%/blk/file.c \
	%D%/blk/file.h \
	%D%/blk/file-open.c \
	%D%/blk/file-write.c \
	%D%/blk/foreign.c \
	%D%/blk/foreign.h \
	%D%/blk/foreign-server.c \
	%D%/blk/iov.h \
	%D%/blk/lock.c \
	%D%/blk/lock.h \
	%D%/blk/loop.c \
	%D%/blk/nbd.c \
	%D%/blk/nbd.h \
	%D%/blk/nbd-connection.c \
	%D%/blk/nbd-connection.h \
	%D%/blk/nbd-library.c \
	%D%/blk/nbd-library.h \
	%D%/blk/nbd-open.c \
	%D%/blk/nbd-remote.h \
	%D%/blk/overlay.c \
	%D%/blk/pool.c \
	%D%/blk/pool.h \
	%D%/blk/qcow2-allocate.c \
	%D%/blk/qcow2-cache.c \
	%D%/blk/qcow2-compressed.c \
	%D%/blk/qcow2-flush.c \
	%D%/blk/qcow2-free.c \
	%D%/blk/qcow2-header.c \
	%D%/blk/qcow2-l2.c \
	%D%/blk/qcow2-overlap.c \
	%D%/blk/qcow2-refcount.c \
	%D%/blk/qcow2-repair.c \
	%D%/blk/qcow2-snapshot.c \
	%D%/blk/qcow2-write.c \
	%D%/blk/qcow2-zero.c \
	%D%/blk/qcow2.c \
	%D%/blk/qcow2.h \
	%D%/blk/slice.c \
	%D%/blk/store.c \
	%D%/blk/store.h \
	%D%/blk/uring.c \
	%D%/blk/uring.h \
	%D%/host/buffer.c \
	%D%/host/clock.c \
	%D%/host/clock.h \
	%D%/host/disk.c \
	%D%/host/disk.h \
	%D%/host/fault.c \
	%D%/host/fault.h \
	%D%/host/job.h \
	%D%/host/log.c \
	%D%/host/log.h \
	%D%/host/memops.c \
	%D%/host/memops.h \
	%D%/host/memory.c \
	%D%/host/memory.h \
	%D%/host/mount.c \
	%D%/host/start.c \
	%D%/host/strerror.c \
	%D%/host/thread.c \
	%D%/host/thread.h \
	%D%/host/vcpu.c \
	%D%/host/vcpu.h \
	%D%/host/version.c \
	%D%/host/virtio-blk.c \
	%D%/host/virtio-mmio.c \
	%D%/host/virtio.c \
	%D%/host/virtio.h

# What the host library uses besides the C library; it loads libnbd itself.
lkl_cflags = $(LIBURING_CFLAGS) $(LIBNBD_CFLAGS) $(ZLIB_CFLAGS) \
	$(LIBZSTD_CFLAGS)
lkl_libs = $(LIBURING_LIBS) $(ZLIB_LIBS) $(LIBZSTD_LIBS)

lib_LTLIBRARIES += %D%/liblkl.la

%C%_liblkl_la_SOURCES = $(lkl_sources)
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
%C%_liblkl_testing_la_CFLAGS = $(AM_CFLAGS) $(lkl_cflags)
%C%_liblkl_testing_la_LIBADD = $(lkl_libs)

$(%C%_liblkl_la_OBJECTS) $(%C%_liblkl_testing_la_OBJECTS): | $(api_headers)
