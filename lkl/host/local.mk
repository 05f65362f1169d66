# SPDX-License-Identifier: GPL-2.0-only
#
# lkl/host/local.mk - what drives the kernel inside a process

host_sources = \
	%D%/buffer.c \
	%D%/clock.c \
	%D%/clock.h \
	%D%/deterministic.c \
	%D%/deterministic.h \
	%D%/disk.c \
	%D%/disk.h \
	%D%/fault.c \
	%D%/fault.h \
	%D%/job.h \
	%D%/kernel-data.c \
	%D%/kernel-data.h \
	%D%/log.c \
	%D%/log.h \
	%D%/memops.c \
	%D%/memops.h \
	%D%/memory.c \
	%D%/memory.h \
	%D%/mount.c \
	%D%/options.c \
	%D%/options.h \
	%D%/process.c \
	%D%/process.h \
	%D%/progress.c \
	%D%/start.c \
	%D%/strerror.c \
	%D%/thread.c \
	%D%/thread.h \
	%D%/vcpu.c \
	%D%/vcpu.h \
	%D%/version.c \
	%D%/virtio-blk.c \
	%D%/virtio-mmio.c \
	%D%/virtio.c \
	%D%/virtio.h \
	%D%/vsyscall-aarch64.S \
	%D%/vsyscall-x86_64.S \
	%D%/vsyscall.c \
	%D%/vsyscall.h
