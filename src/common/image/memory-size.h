/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory-size.h - choose how much memory the kernel gets.
 */
#ifndef TOOLS_MEMORY_SIZE_H
#define TOOLS_MEMORY_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Read how much memory the host has.  Call this before a sandbox hides /proc.
 * Without this call the host's memory does not matter.
 */
void memory_size_read_host(void);

/*
 * memory_size_default - memory for the kernel, in bytes
 * @image_size: bytes
 * @type: the kernel's name for the file system
 * @block_size: of the file system, in bytes; 0 if unknown
 * @writes: the file system will be changed
 */
uint64_t memory_size_default(uint64_t image_size, const char *type,
			     unsigned int block_size, bool writes);

#endif /* TOOLS_MEMORY_SIZE_H */
