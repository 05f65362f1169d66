// SPDX-License-Identifier: GPL-2.0-only
/*
 * visited.c - remembers inodes, to notice directories that are entered twice.
 *
 * In a sound file system one path leads to each directory.  In a damaged one,
 * n directories that contain each other make up to 2^n paths, and none of
 * them is a loop that the kernel notices.  A few repetitions are allowed,
 * since some file systems make up inode numbers.  Many are not.
 *
 * The table holds hashes of a limited number of inodes.  It is a guard, not
 * an exact set.
 */
#include "visited.h"

#include <stdlib.h>

#define SIZE_FIRST	1024
#define SIZE_MAX_ENTRIES (8u << 20)
#define AGAIN_ALLOWED	64
/* Each link of a tree may lead to a directory. */
#define AGAIN_LINKED	1000000

void visited_free(struct visited *visited)
{
	free(visited->table);
	visited->table = NULL;
	visited->size = visited->n = 0;
}

static uint64_t visited_hash(uint64_t device, uint64_t inode)
{
	uint64_t h = (inode + device * 0xff51afd7ed558ccdull) *
		     0x9e3779b97f4a7c15ull;

	h ^= h >> 32;
	return h ? h : 1;
}

/* The slot that holds @h, or the free one where it belongs. */
static uint64_t *visited_slot(const struct visited *visited, uint64_t h)
{
	size_t i = h & (visited->size - 1);

	while (visited->table[i] && visited->table[i] != h)
		i = (i + 1) & (visited->size - 1);
	return &visited->table[i];
}

/* Keeps half of the table free.  False if it cannot grow. */
static bool visited_make_room(struct visited *visited)
{
	struct visited larger = { .again = visited->again };
	size_t i;

	if (visited->n < visited->size / 2)
		return true;
	if (visited->size >= SIZE_MAX_ENTRIES)
		return false;
	larger.size = visited->size ? 2 * visited->size : SIZE_FIRST;
	larger.table = calloc(larger.size, sizeof(*larger.table));
	if (!larger.table)
		return false;
	for (i = 0; i < visited->size; i++)
		if (visited->table[i])
			*visited_slot(&larger, visited->table[i]) = visited->table[i];
	larger.n = visited->n;
	free(visited->table);
	*visited = larger;
	return true;
}

bool visited_enter(struct visited *visited, uint64_t device, uint64_t inode,
		   bool linked)
{
	uint64_t h = visited_hash(device, inode), *at;

	if (visited->size) {
		at = visited_slot(visited, h);
		if (*at)
			return visited->again++ < visited->n +
				(linked ? AGAIN_LINKED : AGAIN_ALLOWED);
	}
	if (visited_make_room(visited)) {
		*visited_slot(visited, h) = h;
		visited->n++;
	}
	return true;
}

bool visited_has(const struct visited *visited, uint64_t device,
		 uint64_t inode)
{
	return visited->size &&
		*visited_slot(visited, visited_hash(device, inode));
}
