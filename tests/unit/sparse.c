// SPDX-License-Identifier: GPL-2.0-only
/*
 * sparse.c - tests of the maps of holes: of files with very many holes, and of
 * file systems that do not report them, or that lie.
 */
#include <lkl.h>

#include "unit.h"

static long fake_lseek(unsigned int fd, long at, unsigned int whence);
static long fake_pread(unsigned int fd, char *buf, unsigned long len, long at);

#define lkl_sys_lseek	fake_lseek
#define lkl_sys_pread64	fake_pread
#include "fs2tar/sparse.c"

/* ---- A file: one block of data at each multiple of a distance ---- */

#define BLOCK		4096l

static struct {
	long size, distance;
	long gap_from, gap_to;		/* no data in between */
	/* Wrong answers of lseek(); data_lie only after the first one. */
	long seek_error, data_lie, hole_lie;
	bool hole_at_data;
	unsigned int seeks, reads;
	bool unreadable;
	long read_error, end;
} file;

static bool is_data(long at)
{
	return at / BLOCK % (file.distance / BLOCK) == 0 &&
	       !(at >= file.gap_from && at < file.gap_to);
}

static long fake_lseek(unsigned int fd, long at, unsigned int whence)
{
	(void)fd;
	file.seeks++;
	if (file.seek_error)
		return file.seek_error;
	if (whence == LKL_SEEK_DATA && file.data_lie && file.seeks > 1)
		return at + file.data_lie;
	if (whence == LKL_SEEK_HOLE && file.hole_at_data)
		return at;
	if (whence == LKL_SEEK_HOLE && file.hole_lie)
		return at + file.hole_lie;
	for (; at < file.size; at += BLOCK - at % BLOCK)
		if (is_data(at) == (whence == LKL_SEEK_DATA))
			return at;
	return whence == LKL_SEEK_DATA ? -ENXIO : file.size;
}

static long fake_pread(unsigned int fd, char *buf, unsigned long len, long at)
{
	unsigned long i;

	(void)fd;
	file.reads++;
	if (file.read_error)
		return file.read_error;
	if (file.unreadable)
		return -EIO;
	if (at >= file.end)
		return 0;
	for (i = 0; i < len; i++)
		buf[i] = is_data(at + (long)i) ? 'x' : '\0';
	return (long)len;
}

static void make_file(long size, long distance)
{
	memset(&file, 0, sizeof(file));
	file.size = file.end = size;
	file.distance = distance;
}

static int find(struct sparse_map *map, uint64_t blocks, uint64_t capacity,
		uint64_t magic)
{
	const struct lkl_statx st = {
		.stx_size = (uint64_t)file.size, .stx_blocks = blocks,
	};

	return sparse_find(map, 3, &st, capacity, magic);
}

/* In order, without overlap, with all data; adds the lengths up. */
static void check_map(const struct sparse_map *map)
{
	uint64_t at = 0, sum = 0, block;
	size_t i;

	for (i = 0; i < map->n; i++) {
		const struct sparse_extent *e = &map->extents[i];

		CHECK(e->len > 0 && (!i || e->offset > at));
		/* What is left out must be a hole. */
		for (block = at; block < e->offset; block += BLOCK)
			if (is_data((long)block)) {
				CHECK(!"data are left out");
				return;
			}
		at = e->offset + e->len;
		sum += e->len;
	}
	for (block = at; block < (uint64_t)file.size; block += BLOCK)
		CHECK(!is_data((long)block));
	CHECK(at <= (uint64_t)file.size);
	CHECK_EQ(sum, map->data);
}

static void holes_are_found(void)
{
	struct sparse_map map = { 0 };

	make_file(100 * BLOCK, 10 * BLOCK);
	CHECK_EQ(find(&map, 80, 0, 0), 1);
	CHECK_EQ(map.n, 10);
	CHECK_EQ(map.data, 10 * BLOCK);
	CHECK_EQ(map.extents[3].offset, 30 * BLOCK);
	CHECK_EQ(map.extents[3].len, BLOCK);
	check_map(&map);
	CHECK(sparse_ends_in_hole(&map, (uint64_t)file.size));
	CHECK(!sparse_ends_in_hole(&map, 91 * BLOCK));
	CHECK(sparse_ends_in_hole(&map, 91 * BLOCK + 1));
	/* No data at all. */
	make_file(1 << 21, 1l << 40);
	file.seek_error = -ENXIO;
	CHECK_EQ(find(&map, 0, 0, 0), 1);
	CHECK_EQ(map.n, 0);
	CHECK_EQ(map.data, 0);
	CHECK(sparse_ends_in_hole(&map, 1));
	sparse_free(&map);
}

static void files_that_are_not_asked_about(void)
{
	struct sparse_map map = { 0 };

	make_file((1 << 20) - 512, 10 * BLOCK);
	CHECK_EQ(find(&map, 2047, 0, 0), 0);
	CHECK_EQ(file.seeks, 0);
	/* One block less, or a larger file. */
	CHECK_EQ(find(&map, 2046, 0, 0), 1);
	CHECK(file.seeks > 0);
	make_file(1 << 20, 10 * BLOCK);
	CHECK_EQ(find(&map, 2048, 0, 0), 1);
	/* The smallest hole, and one that saves nothing. */
	make_file(2 * BLOCK, 2 * BLOCK);
	CHECK_EQ(find(&map, 0, 0, 0), 1);
	make_file(BLOCK + 4095, BLOCK);
	file.hole_lie = BLOCK;
	CHECK_EQ(find(&map, 0, 0, 0), 0);
	sparse_free(&map);
}

/* The map is bounded; the holes that are left out are written as zeroes. */
static void very_many_holes(void)
{
	struct sparse_map map = { 0 };

	make_file(60000 * 3 * BLOCK, 3 * BLOCK);
	CHECK_EQ(find(&map, 1, 0, 0), 1);
	CHECK(map.n <= EXTENTS_MAX && map.n > 0);
	CHECK_EQ(map.size, EXTENTS_MAX);
	check_map(&map);
	/* Large holes stay, whatever becomes of small ones. */
	file.gap_from = 90000 * BLOCK;
	file.gap_to = 120000 * BLOCK;
	CHECK_EQ(find(&map, 1, 0, 0), 1);
	check_map(&map);
	CHECK(map.data <= 150000 * BLOCK);
	/* As many as fit are kept exactly. */
	make_file(EXTENTS_MAX * 8 * BLOCK, 8 * BLOCK);
	CHECK_EQ(find(&map, 1, 0, 0), 1);
	CHECK_EQ(map.n, EXTENTS_MAX);
	CHECK_EQ(map.data, EXTENTS_MAX * BLOCK);
	check_map(&map);
	sparse_free(&map);
}

/* A damaged file system may go back, or stay where it is. */
static void answers_that_cannot_be(void)
{
	struct sparse_map map = { 0 };

	make_file(100 * BLOCK, 10 * BLOCK);
	file.hole_at_data = true;
	CHECK_EQ(find(&map, 80, 0, 0), -EIO);
	make_file(100 * BLOCK, 10 * BLOCK);
	file.data_lie = -1;
	CHECK_EQ(find(&map, 80, 0, 0), -EIO);
	CHECK_EQ(file.seeks, 3);
	/* Past the end there is nothing. */
	make_file(100 * BLOCK, 10 * BLOCK);
	file.data_lie = 200 * BLOCK;
	CHECK_EQ(find(&map, 80, 0, 0), 1);
	CHECK_EQ(map.n, 1);
	make_file(1 << 20, BLOCK);
	file.hole_lie = 1l << 30;
	CHECK_EQ(find(&map, 2048, 0, 0), 0);
	CHECK_EQ(map.data, 1 << 20);
	make_file(100 * BLOCK, 10 * BLOCK);
	file.seek_error = -ENOTRECOVERABLE;
	CHECK_EQ(find(&map, 80, 0, 0), -ENOTRECOVERABLE);
	sparse_free(&map);
}

/* Then blocks of zeroes are holes, if some blocks are missing. */
static void holes_that_are_not_reported(void)
{
	struct sparse_map map = { 0 };

	make_file(1000 * BLOCK, 10 * BLOCK);
	file.seek_error = -EINVAL;
	CHECK_EQ(find(&map, 80, 0, 0), 1);
	CHECK_EQ(map.n, 100);
	check_map(&map);
	file.seek_error = -EOPNOTSUPP;
	CHECK_EQ(find(&map, 80, 0, 0), 1);
	CHECK_EQ(map.n, 100);
	file.reads = 0;
	CHECK_EQ(find(&map, 8000, 0, 0), 0);
	CHECK_EQ(file.reads, 0);
	/* erofs counts compressed blocks. */
	CHECK_EQ(find(&map, 80, 0, LKL_EROFS_SUPER_MAGIC_V1), 0);
	CHECK_EQ(file.reads, 0);
	/* What cannot be read is data, after some failures all of it. */
	file.unreadable = true;
	CHECK_EQ(find(&map, 80, 0, 0), 0);
	CHECK_EQ(map.data, 1000 * BLOCK);
	CHECK_EQ(file.reads, 16);
	file.size = file.end = 100000 * BLOCK;
	file.reads = 0;
	CHECK_EQ(find(&map, 80, 0, 0), 0);
	CHECK_EQ(map.data, 100000 * BLOCK);
	CHECK_EQ(file.reads, 17);
	file.read_error = -ENOTRECOVERABLE;
	CHECK_EQ(find(&map, 80, 0, 0), -ENOTRECOVERABLE);
	sparse_free(&map);
}

/* Where holes are not known, no file is much larger than its file system. */
static void sizes_that_cannot_be(void)
{
	struct sparse_map map = { 0 };
	const uint64_t blocks = 1 << 21;

	make_file(1 << 30, BLOCK);
	file.seek_error = -EINVAL;
	/* 1 GiB in 64 MiB is the most that NTFS can store, and 1 MiB here. */
	CHECK_EQ(find(&map, blocks, 64 << 20, 0), 0);
	CHECK_EQ(find(&map, blocks, (64 << 20) - 512, 0), -EFBIG);
	CHECK_EQ(find(&map, blocks, 1 << 20, LKL_SQUASHFS_MAGIC), 0);
	CHECK_EQ(find(&map, blocks, (1 << 20) - 512, LKL_SQUASHFS_MAGIC),
		 -EFBIG);
	CHECK_EQ(find(&map, 8, (1 << 20) - 512, LKL_EROFS_SUPER_MAGIC_V1),
		 -EFBIG);
	/* More blocks than the size has do not count. */
	CHECK_EQ(find(&map, blocks << 20, 64 << 20, 0), 0);
	/* The last byte has to be there. */
	file.end = 1 << 20;
	CHECK_EQ(find(&map, blocks, 64 << 20, 0), -EFBIG);
	file.unreadable = true;
	CHECK_EQ(find(&map, blocks, 64 << 20, 0), -EIO);
	/* That is not asked of a file that fits, or without a capacity. */
	CHECK_EQ(find(&map, blocks, 1 << 30, 0), 0);
	CHECK_EQ(find(&map, blocks, 0, 0), 0);
	sparse_free(&map);
}

int main(void)
{
	RUN(holes_are_found);
	RUN(files_that_are_not_asked_about);
	RUN(very_many_holes);
	RUN(answers_that_cannot_be);
	RUN(holes_that_are_not_reported);
	RUN(sizes_that_cannot_be);
	return unit_exit();
}
