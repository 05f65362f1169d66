/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory-size.h - how much memory the kernel gets.
 */
#ifndef TOOLS_MEMORY_SIZE_H
#define TOOLS_MEMORY_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The default for an image of @image_size bytes with a file system of @type,
 * the kernel's name, on this host; in bytes.
 * @writes: whether it is mounted for writing
 */
uint64_t memory_size_default(uint64_t image_size, const char *type,
			     bool writes);

#endif /* TOOLS_MEMORY_SIZE_H */
