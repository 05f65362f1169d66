// SPDX-License-Identifier: GPL-2.0-only
/*
 * sparse.c - where a file has data and where it has holes.
 *
 * The map has to be complete before the member's header is written, and an
 * image may claim any number of extents, so its length is limited: when it
 * is full, the shortest holes are given up (they read as zeroes).
 */
#include "sparse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

#define EXTENTS_MAX	16384
#define EXTENTS_FIRST	64

/* Less is not worth a map: it would take as much room. */
#define HOLE_MIN	4096

#define SCAN_SIZE	(256u << 10)
/* After so many failures nothing more of the file is looked at. */
#define SCAN_FAILURES	16

void sparse_free(struct sparse_map *map)
{
	free(map->extents);
	free(map->buffer);
	map->extents = NULL;
	map->buffer = NULL;
	map->size = 0;
}

/* Join extents that are at most @gap apart. */
static void join(struct sparse_map *map, uint64_t gap)
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

static int make_room(struct sparse_map *map, uint64_t *gap)
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
	/* Half of them should go, or the next call comes too soon. */
	while (map->n > EXTENTS_MAX / 2) {
		*gap *= 2;
		join(map, *gap);
	}
	return 0;
}

static int add(struct sparse_map *map, uint64_t offset, uint64_t len,
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
	ret = make_room(map, gap);
	if (ret < 0)
		return ret;
	map->extents[map->n++] = (struct sparse_extent){ offset, len };
	return 0;
}

/* Add up what was found; 1 if there are holes worth having. */
static int finish(struct sparse_map *map, uint64_t file_size)
{
	size_t i;

	for (i = 0; i < map->n; i++)
		map->data += map->extents[i].len;
	return file_size - map->data >= HOLE_MIN;
}

int sparse_read(int fd, uint64_t file_size, struct sparse_map *map)
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
		/* A file system that goes back would keep us for ever. */
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
		ret = add(map, (uint64_t)data, (uint64_t)(hole - data), &gap);
		if (ret < 0)
			return ret;
		at = (uint64_t)hole;
	}
	return finish(map, file_size);
}

static bool is_zero(const char *data, size_t len)
{
	return !data[0] && !memcmp(data, data + 1, len - 1);
}

/* Add those of @len bytes at @offset that are data. */
static int scan_buffer(struct sparse_map *map, uint64_t offset, size_t len,
		       uint64_t *gap)
{
	size_t at, n;
	int ret = 0;

	for (at = 0; at < len && !ret; at += n) {
		n = len - at < HOLE_MIN ? len - at : HOLE_MIN;
		if (!is_zero(map->buffer + at, n))
			ret = add(map, offset + at, n, gap);
	}
	return ret;
}

int sparse_scan(int fd, uint64_t file_size, struct sparse_map *map)
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
			ret = scan_buffer(map, at, n, &gap);
		} else {
			if (++failures > SCAN_FAILURES || got == 0)
				n = file_size - at;
			ret = add(map, at, n, &gap);
		}
		if (ret < 0)
			return ret;
	}
	return finish(map, file_size);
}

bool sparse_ends_in_hole(const struct sparse_map *map, uint64_t file_size)
{
	const struct sparse_extent *last;

	if (!map->n)
		return true;
	last = &map->extents[map->n - 1];
	return last->offset + last->len < file_size;
}
