/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * secret-memory.h - memory for keys and passphrases.
 */
#ifndef TOOLS_SECRET_MEMORY_H
#define TOOLS_SECRET_MEMORY_H

#include <stddef.h>

/*
 * secret_memory_alloc - zeroed memory that no core dump contains
 * @size: bytes
 *
 * It is locked, so that it is not swapped out.  Where the limit of locked memory
 * is smaller than @size, only the first 4096 bytes are locked, or, if that fails
 * too, none.  Returns NULL, with errno, if there is no memory.
 */
void *secret_memory_alloc(size_t size);

/*
 * secret_memory_free - overwrite the memory, then give it back
 * @memory: may be NULL
 * @size: as it was allocated
 */
void secret_memory_free(void *memory, size_t size);

#endif /* TOOLS_SECRET_MEMORY_H */
