/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.h - the memory of the kernel: one shared mapping (the direct map), and
 * a range of addresses where pieces of it appear a second time (the vmalloc
 * area).  No child of the process inherits either.
 */
#ifndef LKL_MEMORY_H
#define LKL_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "lkl.h"

struct memory {
	int fd;			/* memfd that backs the direct map */
	char *base;
	uint64_t size;		/* bytes */
	char *vmalloc;
	uint64_t vmalloc_size;
};

extern struct memory lkl_memory;

/*
 * memory_create - make lkl_memory of @size bytes, a multiple of the page
 * @same_place: at the same addresses each time, if nothing else is there
 */
int memory_create(uint64_t size, bool same_place, struct lkl_error *err);

/* memory_destroy - unmap it all, and free it. */
void memory_destroy(void);

/*
 * memory_reserve - set mappings aside for when the host's limit is reached
 *
 * Takes a while; for a thread that nobody waits for.
 */
void memory_reserve(void);

/*
 * memory_mappings_are_short - whether the host has too few mappings left
 *
 * True if the reserve is not whole, and cannot be made so again.
 */
bool memory_mappings_are_short(void);

/* The operations of struct lkl_host_ops. */
int memory_map(unsigned long virt, unsigned long phys, unsigned long len,
	       int writable);
int memory_unmap(unsigned long virt, unsigned long len);

#endif
