/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * visited.h - directories that were met twice.
 */
#ifndef TOOLS_VISITED_H
#define TOOLS_VISITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct visited {
	uint64_t *table;	/* hashes, 0: free */
	size_t size, n;		/* size is a power of two */
	size_t again;		/* visits beyond the first */
};

void visited_free(struct visited *visited);

/*
 * visited_enter - a directory is about to be entered
 *
 * False if it should not be: directories are met again too often.
 */
bool visited_enter(struct visited *visited, uint64_t device, uint64_t inode);

/* Whether it was entered; false, too, for those there was no room for. */
bool visited_has(const struct visited *visited, uint64_t device,
		 uint64_t inode);

#endif /* TOOLS_VISITED_H */
