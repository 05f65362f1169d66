// SPDX-License-Identifier: GPL-2.0-only
/*
 * file-space.c - tests flushes, discards and zeroes of the file protocol.
 */
#define _GNU_SOURCE 1

#include "file-faults.h"

/* ---- Flushing ---- */

static void flush(void)
{
	struct blk *blk;

	make_image(4096);
	blk = open_raw(0);
	fault_sync.eintr = 2;
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(fault_sync.calls, 3);
	blk_close(blk);
}

static void flush_error_stays(void)
{
	struct blk *blk;

	make_image(4096);
	blk = open_raw(0);
	fault_sync.error = EIO;
	CHECK_EQ(blk_flush(blk), -EIO);
	fault_sync.error = ENOSPC;
	CHECK_EQ(blk_flush(blk), -EIO);
	fault_sync.error = 0;
	CHECK_EQ(blk_flush(blk), -EIO);
	blk_close(blk);
	blk = open_raw(0);
	CHECK_EQ(blk_flush(blk), 0);
	blk_close(blk);
}

/* ---- Holes and zeroes ---- */

static bool zeroed_between(uint64_t from, uint64_t to)
{
	static char zeroes[MIB];

	return image_has(0, pattern, from) &&
	       image_has(from, zeroes, to - from) &&
	       image_has(to, pattern + to, MIB - to) && image_size() == MIB;
}

static long long allocated(void)
{
	struct stat st;

	REQUIRE(!stat(IMAGE, &st));
	return st.st_blocks * 512ll;
}

static void discard(void)
{
	struct blk *blk;
	long long before;

	make_image(MIB);
	blk = open_raw(0);
	CHECK_EQ(blk_flush(blk), 0);
	before = allocated();
	CHECK_EQ(blk_discard(blk, 65536, 524288), 0);
	CHECK_EQ(fallocate_calls, 1);
	CHECK(zeroed_between(65536, 65536 + 524288));
	CHECK(allocated() < before);
	blk_close(blk);
}

/* Kernels and file systems have several errors for that. */
static const int unsupported[] = { EOPNOTSUPP, ENOSYS, ENODEV, ENOTTY, EINVAL };

#define UNSUPPORTED	(sizeof(unsupported) / sizeof(unsupported[0]))

static void discard_unsupported(void)
{
	struct blk *blk;
	size_t i;

	for (i = 0; i < UNSUPPORTED; i++) {
		make_image(MIB);
		blk = open_raw(0);
		fallocate_calls = 0;
		fault_punch = unsupported[i];
		CHECK_EQ(blk_discard(blk, 0, MIB), 0);
		CHECK_EQ(blk_discard(blk, 0, MIB), 0);
		CHECK_EQ(fallocate_calls, 1);
		CHECK(image_has(0, pattern, MIB));
		blk_close(blk);
	}
	blk = open_raw(0);
	fault_punch = EIO;
	CHECK_EQ(blk_discard(blk, 0, MIB), -EIO);
	CHECK_EQ(blk_discard(blk, 0, MIB), -EIO);
	blk_close(blk);
}

/* Zeroes in every way: what the host has, and what is done where it has not. */
static void zeroes_with(bool may_unmap, int punch, int zero_range,
			bool written)
{
	const uint64_t from = 3 * 512, len = 600 * 1024;
	struct blk *blk;
	int calls;

	make_image(MIB);
	blk = open_raw(0);
	fault_punch = punch;
	fault_zero_range = zero_range;
	CHECK_EQ(blk_write_zeroes(blk, from, len, may_unmap), 0);
	CHECK(zeroed_between(from, from + len));
	CHECK_EQ(!!fault_write.calls, written);
	/* A missing operation is not tried again. */
	if (written) {
		calls = fallocate_calls;
		CHECK_EQ(blk_write_zeroes(blk, from, len, may_unmap), 0);
		CHECK_EQ(fallocate_calls, calls);
	}
	blk_close(blk);
}

static void write_zeroes(void)
{
	/* Not every host file system can keep the blocks: tmpfs cannot. */
	struct blk *blk;
	bool can;

	make_image(MIB);
	blk = open_raw(0);
	CHECK_EQ(blk_write_zeroes(blk, 0, 4096, false), 0);
	can = !fault_write.calls;
	blk_close(blk);
	zeroes_with(false, 0, 0, !can);
	zeroes_with(true, 0, 0, false);
	zeroes_with(true, EOPNOTSUPP, 0, !can);
}

static void write_zeroes_by_writing(void)
{
	zeroes_with(false, 0, EOPNOTSUPP, true);
	zeroes_with(true, EOPNOTSUPP, EOPNOTSUPP, true);
	zeroes_with(true, ENOSYS, ENOSYS, true);
}

/* More than goes into one write. */
static void write_zeroes_by_many_writes(void)
{
	const uint64_t from = 512, len = 2 * MIB + 4096;
	static char zeroes[MIB];
	struct blk *blk;

	make_image(3 * MIB);
	blk = open_raw(0);
	fault_zero_range = EOPNOTSUPP;
	CHECK_EQ(blk_write_zeroes(blk, from, len, false), 0);
	CHECK(fault_write.calls > 1);
	blk_close(blk);
	CHECK(image_has(0, pattern, from));
	CHECK(image_has(from, zeroes, MIB));
	CHECK(image_has(from + MIB, zeroes, MIB));
	CHECK(image_has(from + 2 * MIB, zeroes, 4096));
	CHECK(image_has(from + len, pattern + 4608, MIB - 4608));
	CHECK_EQ(image_size(), 3 * MIB);
}

static void write_zeroes_may_keep_blocks_only(void)
{
	struct blk *blk;
	long long before;

	make_image(MIB);
	blk = open_raw(0);
	CHECK_EQ(blk_flush(blk), 0);
	before = allocated();
	CHECK_EQ(blk_write_zeroes(blk, 0, MIB, false), 0);
	CHECK_EQ(blk_flush(blk), 0);
	CHECK(allocated() >= before);
	CHECK_EQ(blk_write_zeroes(blk, 0, MIB, true), 0);
	CHECK(allocated() < before);
	blk_close(blk);
}

static void write_zeroes_errors(void)
{
	struct blk *blk;

	make_image(MIB);
	blk = open_raw(0);
	fault_punch = ENOSPC;
	CHECK_EQ(blk_write_zeroes(blk, 0, MIB, true), -ENOSPC);
	fault_zero_range = EIO;
	CHECK_EQ(blk_write_zeroes(blk, 0, MIB, false), -EIO);
	fault_zero_range = EOPNOTSUPP;
	fault_write.error = EIO;
	CHECK_EQ(blk_write_zeroes(blk, 0, MIB, false), -EIO);
	blk_close(blk);
}

int main(void)
{
	begin();

	RUN(flush);
	RUN(flush_error_stays);
	RUN(discard);
	RUN(discard_unsupported);
	RUN(write_zeroes);
	RUN(write_zeroes_by_writing);
	RUN(write_zeroes_by_many_writes);
	RUN(write_zeroes_may_keep_blocks_only);
	RUN(write_zeroes_errors);
	return unit_exit();
}
