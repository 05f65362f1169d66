/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sparse.h - finds the holes of a file.
 */
#ifndef FS2TAR_SPARSE_H
#define FS2TAR_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

struct sparse_extent {
	uint64_t offset, len;
};

/* The extents with data, in ascending order.  Reused from file to file. */
struct sparse_map {
	struct sparse_extent *extents;
	size_t n, size;			/* used and allocated */
	uint64_t data;			/* the sum of all lengths */
	char *buffer;			/* to look for zeroes in */
};

void sparse_free(struct sparse_map *map);

/*
 * sparse_find - find the holes of an open file
 * @capacity: bytes of its file system; 0: unknown
 * @magic: type of its file system
 *
 * Returns 1 and fills the map if there are holes, 0 if the file is better
 * written as a whole, -errno if it should not be written: -EFBIG if its size
 * cannot be true.
 */
int sparse_find(struct sparse_map *map, int fd, const struct lkl_statx *st,
		uint64_t capacity, uint64_t magic);

/* Whether the file goes on behind the last extent. */
bool sparse_ends_in_hole(const struct sparse_map *map, uint64_t file_size);

#endif /* FS2TAR_SPARSE_H */
