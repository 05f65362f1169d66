// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz-qcow2.c - qcow2 images that nobody sane wrote are opened, read and
 * written to.
 *
 * The image is in memory and mostly zeroes.  The input says what else is in
 * it, and what is done with it:
 *
 *   u8   flags		1: opened for reading; 2: may open files that it
 *			names, and whatever it names is another one in memory
 *   u16  length of the image, in sectors, modulo what there is room for
 *   u8   into how many 4 KiB more it may grow
 *
 * and then, until its end, records of an offset (u24), a length (u8) and as
 * many bytes.  With bit 23 of the offset clear, these bytes are there in the
 * image.  Otherwise they are operations, OPERATION bytes each.
 * fuzz/pack makes such inputs of images, which are small then although their
 * clusters are not.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "blk/blk.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROOM		(4u << 20)	/* for the image */
#define IO_MAX		(64u << 10)
#define OPERATION	9

static uint8_t bytes[ROOM];
static uint64_t dirty;		/* so many of them may not be zero */
static uint64_t limit;		/* it does not grow beyond */

static void check(bool cond)
{
	if (!cond)
		abort();
}

/* ---- The file below ---- */

static uint64_t length_of(const struct iovec *iov, int n)
{
	uint64_t len = 0;
	int i;

	check(n >= 0);
	for (i = 0; i < n; i++)
		check(!__builtin_add_overflow(len, iov[i].iov_len, &len));
	return len;
}

static int mem_preadv(struct blk *blk, const struct iovec *iov, int n,
		      uint64_t offset)
{
	uint64_t len = length_of(iov, n);
	int i;

	if (len > blk->size || offset > blk->size - len)
		return -EIO;
	for (i = 0; i < n; i++) {
		memcpy(iov[i].iov_base, bytes + offset, iov[i].iov_len);
		offset += iov[i].iov_len;
	}
	return 0;
}

static int mem_pwritev(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset)
{
	uint64_t len = length_of(iov, n);
	int i;

	if (len > blk->size || offset > blk->size - len)
		return -EIO;
	if (offset + len > dirty)
		dirty = offset + len;
	for (i = 0; i < n; i++) {
		memcpy(bytes + offset, iov[i].iov_base, iov[i].iov_len);
		offset += iov[i].iov_len;
	}
	return 0;
}

static int mem_grow(struct blk *blk, uint64_t size)
{
	check(size > blk->size);
	if (size > limit)
		return -ENOSPC;
	blk->size = (size + 511) / 512 * 512;
	return 0;
}

static int mem_flush(struct blk *blk)
{
	(void)blk;
	return 0;
}

static int mem_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	check(len && offset <= ROOM && len <= ROOM - offset);
	memset(bytes + offset, 0, len);
	return 0;
}

static int mem_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
			    bool may_unmap)
{
	if (may_unmap)
		return -EOPNOTSUPP;
	return mem_discard(blk, offset, len);
}

static void mem_close(struct blk *blk)
{
	(void)blk;
}

static const struct blk_ops mem_ops = {
	.name = "memory",
	.preadv = mem_preadv,
	.pwritev = mem_pwritev,
	.flush = mem_flush,
	.discard = mem_discard,
	.write_zeroes = mem_write_zeroes,
	.grow = mem_grow,
	.close = mem_close,
};

static struct blk mem = { .ops = &mem_ops };

/* ---- The file that it names, whatever the name ---- */

#define NAMED_SIZE	100000u

static int named = -1;
static bool redirected;

static void make_named(void)
{
	char text[64];
	off_t at;

	named = memfd_create("named", MFD_CLOEXEC);
	check(named >= 0 && !ftruncate(named, NAMED_SIZE));
	memset(text, 'b', sizeof(text));
	for (at = 0; at < NAMED_SIZE - 64; at += 4099)
		check(pwrite(named, text, sizeof(text), at) == sizeof(text));
}

int open(const char *path, int flags, ...)
{
	char name[64];

	if (redirected) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", named);
		path = name;
		flags &= O_ACCMODE | O_CLOEXEC;
	}
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}

/* ---- The input ---- */

static void fill_image(struct input in)
{
	uint64_t offset, len;

	while (in.size) {
		offset = take(&in, 3);
		len = take(&in, 1);
		if (len > in.size)
			len = in.size;
		if (!(offset & 0x800000) && offset <= ROOM - len) {
			memcpy(bytes + offset, in.data, len);
			if (offset + len > dirty)
				dirty = offset + len;
		}
		in.data += len;
		in.size -= len;
	}
}

/* A byte that says what, an offset, a length in sectors or bytes. */
static void operate(struct blk *blk, struct input *in)
{
	static char buf[IO_MAX];
	unsigned int what = (unsigned int)take(in, 1);
	uint64_t offset = take(in, 6), len = take(in, 2);
	struct iovec iov[2];
	struct blk_extent extent;

	if (!(what & 0x80)) {
		offset = offset * 512;
		len = (len % 256 + 1) * 512;
	}
	/* Also from the end. */
	if (what & 0x40)
		offset = blk->size - offset % (blk->size + 1);
	else
		offset %= blk->size + 1;
	if (len > blk->size - offset)
		len = blk->size - offset;
	if (len > IO_MAX)
		len = IO_MAX;
	iov[0] = (struct iovec){ buf, len / 3 };
	iov[1] = (struct iovec){ buf + len / 3, len - len / 3 };
	switch (what & 15) {
	case 0:
	case 1:
	case 2:
		blk_preadv(blk, iov, 2, offset);
		break;
	case 3:
		blk_preadv_nowait(blk, iov, 2, offset);
		break;
	case 4:
		if (!blk_map(blk, offset, len, &extent))
			check(extent.len && extent.len <= len);
		break;
	case 5:
	case 6:
	case 7:
		blk_pwritev(blk, iov, 2, offset);
		break;
	case 8:
		blk_pwritev_nowait(blk, iov, 2, offset);
		break;
	case 9:
		blk_discard(blk, offset, len * (what >> 4 & 3) * 8 < blk->size -
			    offset ? len * (what >> 4 & 3) * 8 : len);
		break;
	case 10:
	case 11:
		blk_write_zeroes(blk, offset, len, what & 0x10);
		break;
	case 12:
		blk_flush(blk);
		break;
	case 13:
		memset(buf, what, sizeof(buf));
		break;
	default:
		blk_preadv(blk, iov, 2, offset);
		break;
	}
}

static void operate_all(struct blk *blk, struct input in)
{
	uint64_t offset, len;
	struct input ops;

	while (in.size) {
		offset = take(&in, 3);
		len = take(&in, 1);
		if (len > in.size)
			len = in.size;
		ops = (struct input){ in.data, len };
		if (offset & 0x800000)
			while (ops.size >= OPERATION)
				operate(blk, &ops);
		in.data += len;
		in.size -= len;
	}
}

static struct blk *open_it(bool read_only, bool names)
{
	const struct blk_origin origin = {
		.path = "/nowhere/image",
		.flags = (read_only ? BLK_OPEN_READ_ONLY : 0) |
			 (names ? BLK_OPEN_NAMED_FILES : 0),
	};
	struct lkl_error err = { "" };
	struct blk *blk = NULL;
	int ret;

	/* Nothing else may be opened. */
	redirected = true;
	ret = qcow2_open(&mem, &origin, &blk, &err);
	redirected = false;
	if (ret) {
		/* With a reason. */
		check(err.text[0]);
		return NULL;
	}
	check(blk->size % blk->sector_size == 0);
	check(blk->sector_size >= BLK_SECTOR_MIN &&
	      blk->sector_size <= BLK_SECTOR_MAX);
	check(!(blk->size >> 63));
	check(!read_only || !(blk->caps & BLK_CAP_WRITE));
	return blk;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int flags = (unsigned int)take(&in, 1);
	bool read_only = flags & 1, names = flags & 2;
	uint64_t length = take(&in, 2) % (ROOM / 512 + 1) * 512;
	static char before[4096], buf[4096];
	struct blk *blk;

	limit = length + take(&in, 1) * 4096;
	if (limit > ROOM)
		limit = ROOM;
	memset(bytes, 0, dirty);
	dirty = 0;
	fill_image(in);
	mem.size = length;
	mem.sector_size = 512;
	mem.physical_size = 4096;
	mem.caps = read_only ? 0 : BLK_CAP_WRITE | BLK_CAP_DISCARD |
				   BLK_CAP_WRITE_ZEROES;
	qcow2_probe(bytes, 512);
	memcpy(before, bytes, sizeof(before));
	if (names)
		make_named();
	blk = open_it(read_only, names);
	if (blk) {
		if (blk->size >= 4096)
			blk_pread(blk, buf, 4096, 0);
		operate_all(blk, in);
		blk_flush(blk);
		blk_close(blk);
	}
	/* What is opened for reading is not changed. */
	check(!read_only || !memcmp(before, bytes, sizeof(before)));
	/* What it wrote, it can read: or refuses. */
	blk = open_it(true, names);
	if (blk && blk->size >= 4096)
		blk_pread(blk, buf, 4096, blk->size - 4096);
	blk_close(blk);
	if (names)
		close(named);
	named = -1;
	return 0;
}

#include "replay.h"
