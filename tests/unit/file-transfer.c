// SPDX-License-Identifier: GPL-2.0-only
/*
 * file-transfer.c - tests reads and writes of the file protocol: ranges, short
 * transfers, interruptions and errors.
 */
#define _GNU_SOURCE 1

#include "file-faults.h"

/* ---- Ranges ---- */

static void ranges(void)
{
	struct iovec iov[2] = {
		{ buffer, 4096 }, { buffer + 4096, SIZE_MAX - 4095 },
	};
	struct blk *blk;

	make_image(8192);
	blk = open_raw(0);
	CHECK_EQ(blk_pread(blk, buffer, 8192, 0), 0);
	CHECK_EQ(blk_pread(blk, buffer, 0, 8192), 0);
	CHECK_EQ(blk_pread(blk, buffer, 0, 8193), -EINVAL);
	CHECK_EQ(blk_pread(blk, buffer, 8193, 0), -EINVAL);
	CHECK_EQ(blk_pread(blk, buffer, 1, 8192), -EINVAL);
	CHECK_EQ(blk_pread(blk, buffer, 2, UINT64_MAX), -EINVAL);
	CHECK_EQ(blk_pread(blk, buffer, SIZE_MAX, 1), -EINVAL);
	/* Lengths whose sum wraps around to 0. */
	CHECK_EQ(blk_preadv(blk, iov, 2, 0), -EINVAL);
	CHECK_EQ(blk_preadv_nowait(blk, iov, 2, 0), -EINVAL);
	CHECK_EQ(blk_pwritev(blk, iov, 2, 0), -EINVAL);
	CHECK_EQ(blk_preadv(blk, iov, -1, 0), -EINVAL);
	CHECK_EQ(blk_pwritev(blk, iov, -1, 0), -EINVAL);
	CHECK_EQ(blk_pwritev(blk, iov, 1, 4097), -EINVAL);
	CHECK_EQ(blk_discard(blk, 4096, 4097), -EINVAL);
	CHECK_EQ(blk_discard(blk, UINT64_MAX, 2), -EINVAL);
	CHECK_EQ(blk_write_zeroes(blk, 8192, 1, true), -EINVAL);
	CHECK_EQ(blk_write_zeroes(blk, 1, UINT64_MAX, true), -EINVAL);
	CHECK_EQ(fault_write.calls + fallocate_calls, 0);
	CHECK_EQ(blk_preadv(blk, NULL, 0, 0), 0);
	CHECK_EQ(blk_pwritev(blk, NULL, 0, 0), 0);
	CHECK_EQ(blk_discard(blk, 8192, 0), 0);
	CHECK_EQ(blk_write_zeroes(blk, 0, 0, false), 0);
	blk_close(blk);
	CHECK(image_has(0, pattern, 8192));
	CHECK_EQ(image_size(), 8192);
}

static void read_only(void)
{
	struct iovec iov = { pattern + 1, 512 };
	struct blk *blk;

	make_image(8192);
	blk = open_raw(BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk_pwritev(blk, &iov, 1, 0), -EROFS);
	CHECK_EQ(blk_discard(blk, 0, 4096), -EROFS);
	CHECK_EQ(blk_write_zeroes(blk, 0, 4096, true), -EROFS);
	CHECK_EQ(blk_write_zeroes(blk, 0, 4096, false), -EROFS);
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(fault_write.calls + fault_sync.calls + fallocate_calls, 0);
	blk_close(blk);
	CHECK(image_has(0, pattern, 8192));
}

/* ---- Transfers ---- */

/* Pieces of many lengths, some empty, that make up @len bytes. */
static int cut_up(struct iovec *iov, int max, char *base, size_t len)
{
	size_t n;
	int i;

	for (i = 0; len && i < max; i++) {
		n = i % 7 == 0 ? 0 : i % 97 + 1;
		if (n > len || i == max - 1)
			n = len;
		iov[i].iov_base = base;
		iov[i].iov_len = n;
		base += n;
		len -= n;
	}
	return i;
}

static void transfer(const struct fault *rd, const struct fault *wr)
{
	static struct iovec iov[4000];
	const size_t len = 100000, off = 12345;
	static char data[200000];
	struct blk *blk;
	size_t i;
	int n;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i * 31 + i / 251;
	make_image(MIB);
	blk = open_raw(0);
	fault_write = *wr;
	fault_read = *rd;
	n = cut_up(iov, 4000, data, len);
	CHECK(n > 1024);
	CHECK_EQ(blk_pwritev(blk, iov, n, off), 0);
	CHECK(image_has(0, pattern, off));
	CHECK(image_has(off, data, len));
	CHECK(image_has(off + len, pattern + off + len, MIB - off - len));
	memset(buffer, 0x55, sizeof(buffer));
	n = cut_up(iov, 4000, buffer, len);
	CHECK_EQ(blk_preadv(blk, iov, n, off), 0);
	CHECK(!memcmp(buffer, data, len));
	CHECK_EQ(buffer[len], 0x55);
	blk_close(blk);
	CHECK_EQ(image_size(), MIB);
}

static void transfer_many_buffers(void)
{
	struct fault none = { 0 };

	transfer(&none, &none);
}

static void transfer_short(void)
{
	struct fault f = { .max = 1 };

	/* So that every buffer is cut at every place. */
	transfer(&f, &f);
	f.max = 13;
	transfer(&f, &f);
	f.max = 4096;
	transfer(&f, &f);
}

static void transfer_interrupted(void)
{
	struct fault f = { .eintr = 5, .max = 5000 };

	transfer(&f, &f);
}

static void read_error(void)
{
	struct blk *blk;

	make_image(8192);
	blk = open_raw(0);
	fault_read = (struct fault){ .max = 1000, .error = EIO, .after = 3 };
	CHECK_EQ(blk_pread(blk, buffer, 8192, 0), -EIO);
	CHECK_EQ(fault_read.calls, 4);
	blk_close(blk);
}

static void write_error(void)
{
	struct iovec iov = { pattern, 8192 };
	struct blk *blk;

	make_image(8192);
	blk = open_raw(0);
	fault_write = (struct fault){ .max = 1000, .error = ENOSPC,
				      .after = 3 };
	CHECK_EQ(blk_pwritev(blk, &iov, 1, 0), -ENOSPC);
	CHECK_EQ(fault_write.calls, 4);
	/* Writes that do nothing must not be tried for ever. */
	fault_write = (struct fault){ .nothing = true };
	CHECK_EQ(blk_pwritev(blk, &iov, 1, 0), -EIO);
	CHECK_EQ(fault_write.calls, 1);
	blk_close(blk);
}

/* ---- Ends of files ---- */

static void tail_reads_as_zeroes(void)
{
	struct iovec iov[3] = {
		{ buffer, 1000 }, { buffer + 1000, 20 }, { buffer + 1020, 4 },
	};
	struct blk *blk;

	make_image(1000);
	blk = open_raw(BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk->size, 1024);
	memset(buffer, 0x55, 2048);
	CHECK_EQ(blk_pread(blk, buffer, 1024, 0), 0);
	CHECK(!memcmp(buffer, pattern, 1000));
	CHECK(is_zero(buffer + 1000, 24));
	CHECK_EQ(buffer[1024], 0x55);
	/* Split before and within the tail, and wholly behind the end. */
	memset(buffer, 0x55, 2048);
	CHECK_EQ(blk_preadv(blk, iov, 3, 0), 0);
	CHECK(!memcmp(buffer, pattern, 1000));
	CHECK(is_zero(buffer + 1000, 24));
	CHECK_EQ(buffer[1024], 0x55);
	memset(buffer, 0x55, 2048);
	CHECK_EQ(blk_pread(blk, buffer, 10, 1010), 0);
	CHECK(is_zero(buffer, 10));
	CHECK_EQ(buffer[10], 0x55);
	CHECK_EQ(blk_pread(blk, buffer, 1, 1024), -EINVAL);
	CHECK_EQ(blk_preadv_nowait(blk, iov, 3, 0), -EAGAIN);
	blk_close(blk);
	CHECK_EQ(image_size(), 1000);
}

static void tail_can_be_written(void)
{
	struct iovec iov = { pattern + 7, 512 };
	struct blk *blk;

	make_image(1000);
	blk = open_raw(0);
	/* A write before the tail leaves the length alone. */
	CHECK_EQ(blk_pwritev(blk, &iov, 1, 0), 0);
	CHECK_EQ(image_size(), 1000);
	CHECK_EQ(blk_discard(blk, 512, 512), 0);
	CHECK_EQ(blk_write_zeroes(blk, 512, 512, true), 0);
	CHECK_EQ(image_size(), 1000);
	/* That may have to be a write. */
	CHECK_EQ(blk_write_zeroes(blk, 512, 512, false), 0);
	CHECK_EQ(image_size(), fault_write.calls > 1 ? 1024 : 1000);
	CHECK_EQ(blk_pread(blk, buffer, 512, 512), 0);
	CHECK(is_zero(buffer, 512));
	/* Not a byte of what reaches it is dropped. */
	CHECK_EQ(blk_pwritev(blk, &iov, 1, 512), 0);
	CHECK_EQ(image_size(), 1024);
	memset(buffer, 0, 512);
	CHECK_EQ(blk_pread(blk, buffer, 512, 512), 0);
	CHECK(!memcmp(buffer, pattern + 7, 512));
	CHECK_EQ(blk->size, 1024);
	blk_close(blk);
	CHECK(image_has(512, pattern + 7, 512));
}

static void file_shrinks(void)
{
	struct blk *blk;

	make_image(65536);
	blk = open_raw(BLK_OPEN_READ_ONLY);
	REQUIRE(!truncate(IMAGE, 5000));
	CHECK_EQ(blk_pread(blk, buffer, 5000, 0), 0);
	CHECK(!memcmp(buffer, pattern, 5000));
	CHECK_EQ(blk_pread(blk, buffer, 8192, 0), -EIO);
	CHECK_EQ(blk_pread(blk, buffer, 512, 65536 - 512), -EIO);
	REQUIRE(!truncate(IMAGE, 0));
	CHECK_EQ(blk_pread(blk, buffer, 512, 0), -EIO);
	blk_close(blk);
}

static void file_grows(void)
{
	struct blk *blk;

	make_image(4096);
	blk = open_raw(BLK_OPEN_READ_ONLY);
	REQUIRE(!truncate(IMAGE, 65536));
	CHECK_EQ(blk->size, 4096);
	CHECK_EQ(blk_pread(blk, buffer, 512, 4096), -EINVAL);
	blk_close(blk);
}

int main(void)
{
	begin();

	RUN(ranges);
	RUN(read_only);
	RUN(transfer_many_buffers);
	RUN(transfer_short);
	RUN(transfer_interrupted);
	RUN(read_error);
	RUN(write_error);
	RUN(tail_reads_as_zeroes);
	RUN(tail_can_be_written);
	RUN(file_shrinks);
	RUN(file_grows);
	return unit_exit();
}
