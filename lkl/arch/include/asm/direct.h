/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * direct.h - direct I/O with memory that callers were lent: kernel/direct.c.
 */
#ifndef _ASM_LKL_DIRECT_H
#define _ASM_LKL_DIRECT_H

#include <linux/types.h>

/* The calls of kernel/direct.c. */
long lkl_buffer_alloc(unsigned long len);
long lkl_buffer_free(unsigned long buf, unsigned long len);

/*
 * Do pread64() or pwrite64() with these @args, for ITER_DEST or ITER_SOURCE,
 * if the file is open for direct I/O and the buffer is lent.
 */
bool lkl_direct(int direction, const long *args, long *ret_result);

#endif
