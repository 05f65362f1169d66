// SPDX-License-Identifier: GPL-2.0-only
/* secret-memory.c - memory for keys and passphrases. */
#define _GNU_SOURCE 1

#include "secret-memory.h"

#include <string.h>
#include <sys/mman.h>

/* Most passphrases fit into it. */
#define LOCKED_MIN 4096u

void *secret_memory_alloc(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, size, MADV_DONTDUMP);
	if (mlock(memory, size) < 0)
		mlock(memory, size < LOCKED_MIN ? size : LOCKED_MIN);
	return memory;
}

void secret_memory_free(void *memory, size_t size)
{
	if (!memory)
		return;
	explicit_bzero(memory, size);
	munmap(memory, size);
}
