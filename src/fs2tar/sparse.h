/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sparse.h - where a file has data and where it has holes.
 */
#ifndef FS2TAR_SPARSE_H
#define FS2TAR_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sparse_extent {
	uint64_t offset, len;
};

/* Data, in ascending order; reused from file to file. */
struct sparse_map {
	struct sparse_extent *extents;
	size_t n, size;
	uint64_t data;			/* the sum of all lengths */
	char *buffer;			/* of sparse_scan() */
};

void sparse_free(struct sparse_map *map);

/*
 * sparse_read - ask the kernel for the holes of an open file
 * @file_size: bytes of the file
 *
 * Returns 1 if it has holes, 0 if it is better written as a whole, -errno.
 * Short holes may be taken for data where there are very many.
 */
int sparse_read(int fd, uint64_t file_size, struct sparse_map *map);

/*
 * sparse_scan - look for zeroes in the file's data instead
 *
 * For file systems that have holes but do not tell.  What cannot be read
 * counts as data.
 */
int sparse_scan(int fd, uint64_t file_size, struct sparse_map *map);

/* The last extent's end is not the file's. */
bool sparse_ends_in_hole(const struct sparse_map *map, uint64_t file_size);

#endif /* FS2TAR_SPARSE_H */
