# SPDX-License-Identifier: GPL-2.0-only
#
# lkl/blk/local.mk - images; knows no kernel

blk_sources = \
	%D%/blk.c \
	%D%/blk.h \
	%D%/error.c \
	%D%/error.h \
	%D%/preadv2.h \
	%D%/file/file.c \
	%D%/file/file.h \
	%D%/file/lock.c \
	%D%/file/loop-device.c \
	%D%/file/open.c \
	%D%/file/uring.c \
	%D%/file/uring.h \
	%D%/file/write.c \
	%D%/iov.c \
	%D%/iov.h \
	%D%/lock.c \
	%D%/lock.h \
	%D%/memory-file.h \
	%D%/nbd/connection.c \
	%D%/nbd/connection.h \
	%D%/nbd/connector.c \
	%D%/nbd/connector.h \
	%D%/nbd/export.h \
	%D%/nbd/fingerprint.c \
	%D%/nbd/fingerprint.h \
	%D%/nbd/library.c \
	%D%/nbd/library.h \
	%D%/nbd/nbd.c \
	%D%/nbd/nbd.h \
	%D%/nbd/open.c \
	%D%/nbd/recover.c \
	%D%/nbd/recover.h \
	%D%/nbd/unflushed.c \
	%D%/nbd/unflushed.h \
	%D%/nbdkit/nbdkit.c \
	%D%/overlay/block-store.c \
	%D%/overlay/block-store.h \
	%D%/overlay/overlay.c \
	%D%/pool.c \
	%D%/pool.h \
	%D%/qcow2/allocate.c \
	%D%/qcow2/cache.c \
	%D%/qcow2/compressed.c \
	%D%/qcow2/create.c \
	%D%/qcow2/flush.c \
	%D%/qcow2/free.c \
	%D%/qcow2/header.c \
	%D%/qcow2/l2.c \
	%D%/qcow2/overlap.c \
	%D%/qcow2/qcow2.c \
	%D%/qcow2/qcow2.h \
	%D%/qcow2/refcount.c \
	%D%/qcow2/repair.c \
	%D%/qcow2/snapshot.c \
	%D%/qcow2/write.c \
	%D%/qcow2/zero.c \
	%D%/qemu-nbd/qemu-nbd.c \
	%D%/server/confine.c \
	%D%/server/confine.h \
	%D%/server/server.c \
	%D%/server/server.h \
	%D%/slice.c \
	%D%/system-filter.h
