// SPDX-License-Identifier: GPL-2.0-only
/*
 * buffer.c - lend kernel memory to the program, for direct I/O.
 */
#include "lkl.h"
#include "arch/include/asm/host_ops.h"

void *lkl_buffer_alloc(size_t len)
{
	const long args[6] = { (long)len };
	long ret = len ? lkl_syscall(LKL_CALL_BUFFER_ALLOC, args) : 0;

	return ret > 0 ? (void *)ret : NULL;
}

void lkl_buffer_free(void *buf, size_t len)
{
	const long args[6] = { (long)buf, (long)len };

	if (buf)
		lkl_syscall(LKL_CALL_BUFFER_FREE, args);
}
