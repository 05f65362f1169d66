/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * barrier.h - memory barriers between the kernel and other host threads.
 *
 * Kernel code needs no barrier against itself, since it has one vCPU.  These
 * order accesses to memory that host threads use too, such as virtio rings.
 */
#ifndef _ASM_LKL_BARRIER_H
#define _ASM_LKL_BARRIER_H

#define mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)

#include <asm-generic/barrier.h>

#endif
