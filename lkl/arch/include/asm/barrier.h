/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * barrier.h - barriers against other host threads.
 *
 * Kernel code on the one vCPU needs none against itself; those that remain
 * order what the kernel shares with host threads (virtio rings).
 */
#ifndef _ASM_LKL_BARRIER_H
#define _ASM_LKL_BARRIER_H

#define mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)

#include <asm-generic/barrier.h>

#endif
