/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mman.h - refuses mmap(): the host has nothing at the addresses that it would
 * return.
 */
#ifndef _ASM_LKL_MMAN_H
#define _ASM_LKL_MMAN_H

#include <linux/errno.h>
#include <uapi/asm/mman.h>

#define arch_mmap_check(addr, len, flags)	(-ENOSYS)

#endif
