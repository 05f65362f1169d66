/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * visited.h - remembers inodes, to notice directories that are entered twice.
 */
#ifndef TOOLS_VISITED_H
#define TOOLS_VISITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct visited {
	uint64_t *table;	/* hashes; 0 is a free slot */
	size_t size, n;		/* slots, a power of two; and used ones */
	size_t again;		/* how often an inode was entered once more */
};

void visited_free(struct visited *visited);

/*
 * visited_enter - note that a directory is about to be entered
 * @linked: symbolic links lead to directories, so this may happen more often
 *
 * Returns false if it should not be, because too many were entered again.
 */
bool visited_enter(struct visited *visited, uint64_t device, uint64_t inode,
		   bool linked);

/* Whether an inode was noted.  May miss some when there are very many. */
bool visited_has(const struct visited *visited, uint64_t device,
		 uint64_t inode);

#endif /* TOOLS_VISITED_H */
