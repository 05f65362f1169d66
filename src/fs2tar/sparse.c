// SPDX-License-Identifier: GPL-2.0-only
/*
 * sparse.c - finds the holes of a file.
 *
 * The map must be complete before the member's header is written, and an
 * image may claim any number of extents.  So the length of the map is limited.
 * When it is full, the shortest holes are dropped; they are written as zeroes.
 */
#include "sparse.h"

#include <errno.h>
#include <stdlib.h>

#include <lkl.h>

#include "common/zeroes.h"

#define EXTENTS_MAX	16384
#define EXTENTS_FIRST	64

/* A shorter hole takes as much room in the map as it saves. */
#define HOLE_MIN	4096

#define SCAN_SIZE	(256u << 10)
/* After so many failures, the rest counts as data. */
#define SCAN_FAILURES	16

/* From this size on, look for holes even if no blocks are missing. */
#define LARGE		(1u << 20)

/* The best compression that is possible, as a power of two. */
#define SHIFT_ARCHIVE	10	/* deflate's best */
#define SHIFT_OTHER	4	/* NTFS: 16 clusters in one */

void sparse_free(struct sparse_map *map)
{
	free(map->extents);
	free(map->buffer);
	map->extents = NULL;
	map->buffer = NULL;
	map->size = 0;
}

/* Joins extents that are at most @gap apart. */
static void sparse_join(struct sparse_map *map, uint64_t gap)
{
	struct sparse_extent *last = map->extents, *next;
	size_t i;

	for (i = 1; i < map->n; i++) {
		next = &map->extents[i];
		if (next->offset - (last->offset + last->len) <= gap)
			last->len = next->offset + next->len - last->offset;
		else
			*++last = *next;
	}
	map->n = (size_t)(last - map->extents) + 1;
}

static int sparse_make_room(struct sparse_map *map, uint64_t *gap)
{
	struct sparse_extent *extents;
	size_t size;

	if (map->n < map->size)
		return 0;
	if (map->size < EXTENTS_MAX) {
		size = map->size ? 2 * map->size : EXTENTS_FIRST;
		extents = realloc(map->extents, size * sizeof(*extents));
		if (!extents)
			return -ENOMEM;
		map->extents = extents;
		map->size = size;
		return 0;
	}
	/* Free half of the map, so that this is rare. */
	while (map->n > EXTENTS_MAX / 2) {
		*gap *= 2;
		sparse_join(map, *gap);
	}
	return 0;
}

static int sparse_add(struct sparse_map *map, uint64_t offset, uint64_t len,
		      uint64_t *gap)
{
	struct sparse_extent *last;
	int ret;

	if (map->n) {
		last = &map->extents[map->n - 1];
		if (offset - (last->offset + last->len) < *gap) {
			last->len = offset + len - last->offset;
			return 0;
		}
	}
	ret = sparse_make_room(map, gap);
	if (ret < 0)
		return ret;
	map->extents[map->n++] = (struct sparse_extent){ offset, len };
	return 0;
}

/* Adds up the extents; 1 if there are holes worth a map. */
static int sparse_finish(struct sparse_map *map, uint64_t file_size)
{
	size_t i;

	for (i = 0; i < map->n; i++)
		map->data += map->extents[i].len;
	return file_size - map->data >= HOLE_MIN;
}

/*
 * Asks the kernel for holes.  Returns 1 if there are any worth a map, 0 or
 * -errno.
 */
static int sparse_read(struct sparse_map *map, int fd, uint64_t file_size)
{
	uint64_t gap = HOLE_MIN, at = 0;
	long data, hole;
	int ret;

	map->n = 0;
	map->data = 0;
	while (at < file_size) {
		data = lkl_sys_lseek(fd, (long)at, LKL_SEEK_DATA);
		if (data == -ENXIO)
			break;
		if (data < 0)
			return (int)data;
		/* A damaged file system may go back: do not loop for ever. */
		if ((uint64_t)data < at)
			return -EIO;
		if ((uint64_t)data >= file_size)
			break;
		hole = lkl_sys_lseek(fd, data, LKL_SEEK_HOLE);
		if (hole < 0)
			return (int)hole;
		if (hole <= data)
			return -EIO;
		if ((uint64_t)hole > file_size)
			hole = (long)file_size;
		ret = sparse_add(map, (uint64_t)data, (uint64_t)(hole - data),
				 &gap);
		if (ret < 0)
			return ret;
		at = (uint64_t)hole;
	}
	return sparse_finish(map, file_size);
}

/* Adds the blocks of map->buffer that are not all zero. */
static int sparse_scan_buffer(struct sparse_map *map, uint64_t offset, size_t len,
			      uint64_t *gap)
{
	size_t at, n;
	int ret = 0;

	for (at = 0; at < len && !ret; at += n) {
		n = len - at < HOLE_MIN ? len - at : HOLE_MIN;
		if (!is_all_zero(map->buffer + at, n))
			ret = sparse_add(map, offset + at, n, gap);
	}
	return ret;
}

/* Looks for zeroes instead.  Blocks that cannot be read count as data. */
static int sparse_scan(struct sparse_map *map, int fd, uint64_t file_size)
{
	uint64_t gap = HOLE_MIN, at, n;
	unsigned int failures = 0;
	long got;
	int ret;

	map->n = 0;
	map->data = 0;
	if (!map->buffer)
		map->buffer = malloc(SCAN_SIZE);
	if (!map->buffer)
		return -ENOMEM;

	for (at = 0; at < file_size; at += n) {
		n = file_size - at < SCAN_SIZE ? file_size - at : SCAN_SIZE;
		got = lkl_sys_pread64((unsigned int)fd, map->buffer, n,
				      (long)at);
		if (got == -ENOTRECOVERABLE)
			return (int)got;
		if (got > 0) {
			n = (uint64_t)got;
			ret = sparse_scan_buffer(map, at, n, &gap);
		} else {
			if (++failures > SCAN_FAILURES || got == 0)
				n = file_size - at;
			ret = sparse_add(map, at, n, &gap);
		}
		if (ret < 0)
			return ret;
	}
	return sparse_finish(map, file_size);
}

/* Read-only file systems that compress all files. */
static bool is_compressed_type(uint64_t magic)
{
	return magic == LKL_SQUASHFS_MAGIC || magic == LKL_EROFS_SUPER_MAGIC_V1;
}

/*
 * A damaged inode may claim any size, and would read as zeroes up to there.
 * If the kernel does not know holes, a file cannot be much larger than its
 * file system; how much larger, that depends on compression.
 */
static int check_size(int fd, const struct lkl_statx *st, uint64_t capacity,
		      uint64_t magic)
{
	unsigned int shift = is_compressed_type(magic) ? SHIFT_ARCHIVE :
		SHIFT_OTHER;
	uint64_t allocated = st->stx_blocks, size = st->stx_size;
	char byte;
	long n;

	if (!capacity || size <= capacity)
		return 0;
	/* squashfs does not report holes, but does not count their blocks. */
	if (magic == LKL_EROFS_SUPER_MAGIC_V1 || allocated > size / 512)
		allocated = size / 512;
	if (allocated >> shift > capacity / 512)
		return -EFBIG;
	/* At least the last byte must exist. */
	n = lkl_sys_pread64((unsigned int)fd, &byte, 1, (long)(size - 1));
	return n < 0 ? (int)n : n == 0 ? -EFBIG : 0;
}

int sparse_find(struct sparse_map *map, int fd, const struct lkl_statx *st,
		uint64_t capacity, uint64_t magic)
{
	bool missing = st->stx_blocks < st->stx_size / 512;
	int ret;

	if (!missing && st->stx_size < LARGE)
		return 0;
	ret = sparse_read(map, fd, st->stx_size);
	/* Not every file system reports holes. */
	if (ret == -EINVAL || ret == -EOPNOTSUPP)
		ret = 0;
	if (ret)
		return ret;
	ret = check_size(fd, st, capacity, magic);
	/* erofs counts compressed blocks: that says nothing about holes. */
	if (ret || !missing || magic == LKL_EROFS_SUPER_MAGIC_V1)
		return ret;
	return sparse_scan(map, fd, st->stx_size);
}

bool sparse_ends_in_hole(const struct sparse_map *map, uint64_t file_size)
{
	const struct sparse_extent *last;

	if (!map->n)
		return true;
	last = &map->extents[map->n - 1];
	return last->offset + last->len < file_size;
}
