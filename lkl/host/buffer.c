// SPDX-License-Identifier: GPL-2.0-only
/*
 * buffer.c - lend kernel memory to the program, for direct I/O.
 */
#include "lkl.h"
#include "thread.h"

void *lkl_buffer_alloc(size_t len)
{
	const long args[6] = { (long)len };
	long ret = len ? thread_call(LKL_CALL_BUFFER_ALLOC, args) : 0;

	return ret > 0 ? (void *)ret : NULL;
}

int lkl_buffer_free(void *buf, size_t len)
{
	const long args[6] = { (long)buf, (long)len };

	return buf ? (int)thread_call(LKL_CALL_BUFFER_FREE, args) : 0;
}
