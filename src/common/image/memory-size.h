/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory-size.h - how much memory the kernel gets.
 */
#ifndef TOOLS_MEMORY_SIZE_H
#define TOOLS_MEMORY_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/* Look at the host's memory now: later on, /proc may be out of reach. */
void memory_size_look(void);

/*
 * The default for an image of @image_size bytes with a file system of @type,
 * the kernel's name, in blocks of @block_size, 0: unknown, on this host; in
 * bytes.  @writes: it will be changed.
 */
uint64_t memory_size_default(uint64_t image_size, const char *type,
			     unsigned int block_size, bool writes);

#endif /* TOOLS_MEMORY_SIZE_H */
