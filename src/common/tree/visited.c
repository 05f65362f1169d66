// SPDX-License-Identifier: GPL-2.0-only
/*
 * visited.c - directories that were met twice.
 *
 * A sound file system has one way to each directory.  In a damaged one, n
 * directories that are entered in each other make up to 2^n paths, none of
 * them a loop that the kernel would notice.  A few coincidences are let pass
 * (file systems without inode numbers make some up), many are not.
 *
 * Hashes alone are kept, and of a limited number of directories: this is no
 * more than a guard.
 */
#include "visited.h"

#include <stdlib.h>

#define SIZE_FIRST	1024
#define SIZE_MAX_ENTRIES (8u << 20)
#define AGAIN_ALLOWED	64

void visited_free(struct visited *visited)
{
	free(visited->table);
	visited->table = NULL;
	visited->size = visited->n = 0;
}

static uint64_t hash(uint64_t device, uint64_t inode)
{
	uint64_t h = (inode + device * 0xff51afd7ed558ccdull) *
		     0x9e3779b97f4a7c15ull;

	h ^= h >> 32;
	return h ? h : 1;
}

/* Where @h is, or where it belongs. */
static uint64_t *find(const struct visited *visited, uint64_t h)
{
	size_t i = h & (visited->size - 1);

	while (visited->table[i] && visited->table[i] != h)
		i = (i + 1) & (visited->size - 1);
	return &visited->table[i];
}

/* At most half of the table is used. */
static bool has_room(struct visited *visited)
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
			*find(&larger, visited->table[i]) = visited->table[i];
	larger.n = visited->n;
	free(visited->table);
	*visited = larger;
	return true;
}

bool visited_enter(struct visited *visited, uint64_t device, uint64_t inode)
{
	uint64_t h = hash(device, inode), *at;

	if (visited->size) {
		at = find(visited, h);
		if (*at)
			return visited->again++ < visited->n + AGAIN_ALLOWED;
	}
	if (has_room(visited)) {
		*find(visited, h) = h;
		visited->n++;
	}
	return true;
}

bool visited_has(const struct visited *visited, uint64_t device,
		 uint64_t inode)
{
	return visited->size && *find(visited, hash(device, inode));
}
