/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * direct.h - direct I/O with buffers of kernel memory: kernel/direct.c.
 */
#ifndef _ASM_LKL_DIRECT_H
#define _ASM_LKL_DIRECT_H

#include <linux/types.h>

/* The calls of kernel/direct.c. */
long lkl_buffer_alloc(unsigned long len);
long lkl_buffer_free(unsigned long buf, unsigned long len);

/*
 * Tries a pread64() (@direction ITER_DEST) or pwrite64() (ITER_SOURCE) with
 * these @args as direct I/O.  Returns false, and does nothing, unless the file
 * is open with O_DIRECT and the buffer is from lkl_buffer_alloc().
 */
bool lkl_direct(int direction, const long *args, long *ret_result);

#endif
