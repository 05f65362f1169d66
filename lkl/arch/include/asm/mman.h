/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mman.h - mappings are refused: what they would map is not at those
 * addresses on the host.
 */
#ifndef _ASM_LKL_MMAN_H
#define _ASM_LKL_MMAN_H

#include <linux/errno.h>
#include <uapi/asm/mman.h>

#define arch_mmap_check(addr, len, flags)	(-ENOSYS)

#endif
