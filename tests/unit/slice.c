// SPDX-License-Identifier: GPL-2.0-only
/*
 * slice.c - tests a slice, a part of an image: no request can read, write or see
 * anything outside of it.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "blk/blk.h"
#include "unit.h"

#define IMAGE	"slice-image"
#define SIZE	(1u << 20)

static char pattern[SIZE], expected[SIZE], buffer[SIZE];

static void make_image(void)
{
	int fd = open(IMAGE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	REQUIRE(fd >= 0);
	REQUIRE(write(fd, pattern, SIZE) == SIZE);
	close(fd);
	memcpy(expected, pattern, SIZE);
}

static bool image_is_expected(void)
{
	int fd = open(IMAGE, O_RDONLY | O_CLOEXEC);
	bool same;

	REQUIRE(fd >= 0);
	same = read(fd, buffer, SIZE) == SIZE &&
	       !memcmp(buffer, expected, SIZE);
	close(fd);
	return same;
}

static int open_slice(uint64_t offset, uint64_t length, unsigned int flags,
		      struct blk **ret_blk, struct lkl_error *err)
{
	const struct blk_options options = {
		.flags = flags, .format = "raw",
		.offset = offset, .length = length,
	};

	err->text[0] = '\0';
	return blk_open(IMAGE, &options, ret_blk, err);
}

static void window(void)
{
	const uint64_t start = 4096 * 3, size = 4096 * 10;
	struct blk_extent extent;
	struct lkl_error err;
	struct blk *blk;
	int ret;

	make_image();
	REQUIRE(!open_slice(start, size, 0, &blk, &err));
	CHECK_EQ(blk->size, size);
	CHECK_EQ(blk->sector_size, 512);
	CHECK_EQ(blk->physical_size, 4096);
	CHECK_EQ(blk_pread(blk, buffer, size, 0), 0);
	CHECK(!memcmp(buffer, pattern + start, size));
	CHECK_EQ(blk_pread(blk, buffer, 1, size), -EINVAL);
	CHECK_EQ(blk_pread(blk, buffer, size, 1), -EINVAL);
	CHECK_EQ(blk_pread(blk, buffer, 1, -start), -EINVAL);
	CHECK_EQ(blk_pwrite(blk, "x", 1, size), -EINVAL);
	CHECK_EQ(blk_discard(blk, size - 512, 1024), -EINVAL);
	CHECK_EQ(blk_write_zeroes(blk, size, 512, true), -EINVAL);

	CHECK_EQ(blk_pwrite(blk, pattern + 7, 512, 0), 0);
	memcpy(expected + start, pattern + 7, 512);
	CHECK_EQ(blk_pwrite(blk, pattern + 9, 512, size - 512), 0);
	memcpy(expected + start + size - 512, pattern + 9, 512);
	CHECK_EQ(blk_write_zeroes(blk, 4096, 8192, true), 0);
	memset(expected + start + 4096, 0, 8192);
	CHECK_EQ(blk_discard(blk, 16384, 4096), 0);
	memset(expected + start + 16384, 0, 4096);
	CHECK_EQ(blk_flush(blk), 0);

	ret = blk_preadv_nowait(blk, &(struct iovec){ buffer, 512 }, 1, 0);
	CHECK(ret == -EAGAIN || (!ret && !memcmp(buffer, pattern + 7, 512)));
	ret = blk_pwritev_nowait(blk, &(struct iovec){ pattern, 512 }, 1, 512);
	CHECK(!ret || ret == -EAGAIN);
	if (!ret)
		memcpy(expected + start + 512, pattern, 512);
	CHECK_EQ(blk_map(blk, 512, size - 512, &extent), 0);
	CHECK_EQ(extent.offset, start + 512);
	CHECK(extent.len <= size - 512);
	CHECK_EQ(blk_map(blk, 512, size, &extent), -EINVAL);
	blk_close(blk);
	CHECK(image_is_expected());
}

static void to_the_end(void)
{
	struct lkl_error err;
	struct blk *blk;

	make_image();
	REQUIRE(!open_slice(512, 0, 0, &blk, &err));
	CHECK_EQ(blk->size, SIZE - 512);
	/* Its blocks lie across those of the file. */
	CHECK_EQ(blk->physical_size, 512);
	CHECK_EQ(blk_pread(blk, buffer, SIZE - 512, 0), 0);
	CHECK(!memcmp(buffer, pattern + 512, SIZE - 512));
	blk_close(blk);
	REQUIRE(!open_slice(0, SIZE, 0, &blk, &err));
	CHECK_EQ(blk->size, SIZE);
	blk_close(blk);
	REQUIRE(!open_slice(SIZE - 512, 512, 0, &blk, &err));
	CHECK_EQ(blk->size, 512);
	blk_close(blk);
}

static void read_only(void)
{
	struct lkl_error err;
	struct blk *blk;

	make_image();
	REQUIRE(!open_slice(4096, 4096, BLK_OPEN_READ_ONLY, &blk, &err));
	CHECK_EQ(blk->caps, 0);
	CHECK_EQ(blk_pwrite(blk, "x", 1, 0), -EROFS);
	CHECK_EQ(blk_flush(blk), 0);
	blk_close(blk);
	/* Written aside. */
	REQUIRE(!open_slice(4096, 4096, BLK_OPEN_COW, &blk, &err));
	CHECK_EQ(blk_pwrite(blk, "x", 1, 0), 0);
	CHECK_EQ(blk_pread(blk, buffer, 2, 0), 0);
	CHECK_EQ(buffer[0], 'x');
	CHECK_EQ(buffer[1], pattern[4097]);
	blk_close(blk);
	CHECK(image_is_expected());
}

/* Ranges that are not there, and sums that do not fit 64 bits. */
static void bad_ranges(void)
{
	static const struct {
		uint64_t offset, length;
		const char *text;
	} ranges[] = {
		{ 1, 0, "multiples of its sector size" },
		{ 0, 513, "multiples of its sector size" },
		{ SIZE, 0, "past its end" },
		{ SIZE, 512, "past its end" },
		{ SIZE + 512, 0, "past its end" },
		{ 512, SIZE, "past its end" },
		{ 0, SIZE + 512, "past its end" },
		{ 512, -512ull, "past its end" },
		{ -512ull, 1024, "past its end" },
		{ -512ull, 0, "past its end" },
	};
	struct lkl_error err;
	struct blk *blk;
	unsigned int i;

	make_image();
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		CHECK_EQ(open_slice(ranges[i].offset, ranges[i].length, 0,
				    &blk, &err), -EINVAL);
		if (!strstr(err.text, ranges[i].text) ||
		    strncmp(err.text, IMAGE ": ", strlen(IMAGE) + 2))
			CHECK_STR(err.text, ranges[i].text);
	}
	/* Nothing was left open: the image can be opened for writing. */
	REQUIRE(!open_slice(0, 0, 0, &blk, &err));
	blk_close(blk);
}

static unsigned int flushed;

static int fail_to_flush(struct blk *blk)
{
	(void)blk;
	flushed++;
	return -EIO;
}

static int leave_open(struct blk *blk)
{
	(void)blk;
	return 0;
}

/* The slice's flush returns the result of the image's. */
static void flush_reaches_the_image(void)
{
	static const struct blk_ops ops = {
		.name = "fake", .flush = fail_to_flush, .close = leave_open,
	};
	struct blk lower = {
		.ops = &ops, .size = SIZE, .sector_size = 512,
		.physical_size = 4096, .caps = BLK_CAP_WRITE,
	};
	struct lkl_error err;
	struct blk *blk = NULL;

	REQUIRE(!slice_open(&lower, 4096, 4096, &blk, &err));
	CHECK_EQ(blk_flush(blk), -EIO);
	CHECK_EQ(flushed, 1);
	blk_close(blk);
}

int main(void)
{
	size_t i;

	for (i = 0; i < SIZE; i++)
		pattern[i] = (i * 7 + i / 512) | 0x41;
	RUN(window);
	RUN(to_the_end);
	RUN(read_only);
	RUN(bad_ranges);
	RUN(flush_reaches_the_image);
	unlink(IMAGE);
	return unit_exit();
}
