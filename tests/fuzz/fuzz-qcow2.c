// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz-qcow2.c - fuzzes the qcow2 driver: opens, reads and writes images.
 *
 * The image is in memory and mostly zeroes.  The first byte of the input has
 * these flags:
 *
 *   1	open the image for reading only
 *   2	the image may name other files; every name leads to one memory file
 *   8	open the internal snapshot with the number 1, for reading only
 *   4	make a sound image and hold what is read against what was written
 *
 * Without flag 4 the input goes on with
 *
 *   u16  length of the image in sectors
 *   u8   how far the image may grow, in units of 4 KiB
 *
 * and with flag 4 with the parameters that make_sound_image() takes.  Records
 * follow until the end of the input: an offset (u32), a length (u8) and that
 * many bytes.  If bit 31 of the offset is clear, the bytes are a part of the
 * image (not with flag 4).  Otherwise they are operations of OPERATION bytes.
 *
 * Hostile images may let two guest clusters share one host cluster, so only
 * images that this program made itself (flag 4, qcow2-model.h) have to return
 * the written data.  tests/fuzz/pack turns an image into an input.
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

/* Bytes of memory for the image: more than a small refcount table covers. */
#define ROOM		(32u << 20)
#define IO_MAX		(64u << 10)
#define OPERATION	9
#define IS_OPERATIONS	0x80000000u

#define CHUNK		(64u << 10)

static uint8_t bytes[ROOM];
static bool chunk_dirty[ROOM / CHUNK];	/* the chunk may hold other than 0 */
static uint64_t limit;			/* the image does not grow beyond */

static void mark_dirty(uint64_t offset, uint64_t len)
{
	uint64_t i;

	for (i = offset / CHUNK; len && i <= (offset + len - 1) / CHUNK; i++)
		chunk_dirty[i] = true;
}

static void clear_image(void)
{
	size_t i;

	for (i = 0; i < ROOM / CHUNK; i++)
		if (chunk_dirty[i])
			memset(bytes + i * CHUNK, 0, CHUNK);
	memset(chunk_dirty, 0, sizeof(chunk_dirty));
}

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
	mark_dirty(offset, len);
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

static int mem_close(struct blk *blk)
{
	(void)blk;
	return 0;
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

#include "qcow2-model.h"

/* ---- The input ---- */

static void fill_image(struct input in)
{
	uint64_t offset, len;

	while (in.size) {
		offset = take(&in, 4);
		len = take(&in, 1);
		if (len > in.size)
			len = in.size;
		if (!(offset & IS_OPERATIONS) && offset <= ROOM - len) {
			memcpy(bytes + offset, in.data, len);
			mark_dirty(offset, len);
		}
		in.data += len;
		in.size -= len;
	}
}

/* One operation: its kind (u8), an offset, a length in sectors or bytes. */
static void operate(struct blk *blk, struct input *in)
{
	static uint8_t buf[IO_MAX];
	unsigned int kind = (unsigned int)take(in, 1);
	uint64_t offset = take(in, 6), len = take(in, 2), longer;
	struct iovec iov[2];
	struct blk_extent extent;
	int ret;

	if (!(kind & 0x80)) {
		offset = offset * 512;
		len = (len % 256 + 1) * 512;
	}
	/* Also from the end. */
	if (kind & 0x40)
		offset = blk->size - offset % (blk->size + 1);
	else
		offset %= blk->size + 1;
	if (len > blk->size - offset)
		len = blk->size - offset;
	if (len > IO_MAX)
		len = IO_MAX;
	iov[0] = (struct iovec){ buf, len / 3 };
	iov[1] = (struct iovec){ buf + len / 3, len - len / 3 };
	switch (kind & 15) {
	case 3:
		if (!blk_preadv_nowait(blk, iov, 2, offset))
			model_check(buf, offset, len);
		break;
	case 4:
		if (!blk_map(blk, offset, len, &extent))
			check(extent.len && extent.len <= len);
		break;
	case 5:
	case 6:
	case 7:
		model_fill(buf, len);
		ret = blk_pwritev(blk, iov, 2, offset);
		model_write(buf, offset, len, ret);
		break;
	case 8:
		model_fill(buf, len);
		ret = blk_pwritev_nowait(blk, iov, 2, offset);
		model_write(buf, offset, len, ret);
		break;
	case 9:
		longer = len * (kind >> 4 & 3) * 8;
		if (longer < blk->size - offset)
			len = longer;
		blk_discard(blk, offset, len);
		model_forget(offset, len);
		break;
	case 10:
	case 11:
		ret = blk_write_zeroes(blk, offset, len, kind & 0x10);
		model_zero(offset, len, ret);
		break;
	case 12:
		blk_flush(blk);
		break;
	default:
		if (!blk_preadv(blk, iov, 2, offset))
			model_check(buf, offset, len);
		else
			check(!model.on);
		break;
	}
}

static void operate_all(struct blk *blk, struct input in)
{
	uint64_t offset, len;
	struct input ops;

	while (in.size) {
		offset = take(&in, 4);
		len = take(&in, 1);
		if (len > in.size)
			len = in.size;
		ops = (struct input){ in.data, len };
		if (offset & IS_OPERATIONS)
			while (ops.size >= OPERATION)
				operate(blk, &ops);
		in.data += len;
		in.size -= len;
	}
}

static struct blk *open_it(bool read_only, bool names, bool snapshot)
{
	const struct blk_origin origin = {
		.path = "/nowhere/image",
		.snapshot = snapshot ? "1" : NULL,
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

static void prepare_image(struct input *in, bool sound)
{
	uint64_t length;

	clear_image();
	if (sound) {
		length = make_sound_image(in);
	} else {
		length = take(in, 2) * 512;
		if (length > ROOM)
			length = ROOM;
	}
	limit = length + take(in, 1) * 4096;
	if (limit > ROOM)
		limit = ROOM;
	if (!sound)
		fill_image(*in);
	mem.size = length;
	mem.sector_size = 512;
	mem.physical_size = 4096;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int flags = (unsigned int)take(&in, 1);
	bool read_only = flags & 9, names = flags & 2, sound = flags & 4;
	bool snapshot = flags & 8 && !sound;
	static char before[4096], buf[4096];
	struct blk *blk;

	if (sound)
		read_only = names = false;
	model.on = sound;
	prepare_image(&in, sound);
	mem.caps = read_only ? 0 : BLK_CAP_WRITE | BLK_CAP_DISCARD |
				   BLK_CAP_WRITE_ZEROES;
	qcow2_probe(bytes, 512);
	memcpy(before, bytes, sizeof(before));
	if (names)
		make_named();
	blk = open_it(read_only, names, snapshot);
	check(blk || !sound);
	if (blk) {
		if (blk->size >= 4096)
			blk_pread(blk, buf, 4096, 0);
		operate_all(blk, in);
		blk_flush(blk);
		blk_close(blk);
	}
	/* An image that was opened for reading is not changed. */
	check(!read_only || !memcmp(before, bytes, sizeof(before)));
	/* The image can be opened again, or there is a reason. */
	blk = open_it(true, names, snapshot);
	check(blk || !sound);
	if (sound) {
		model_check_all(blk);
		check_refcounts();
	}
	if (blk && blk->size >= 4096)
		blk_pread(blk, buf, 4096, blk->size - 4096);
	blk_close(blk);
	if (names)
		close(named);
	named = -1;
	return 0;
}

#include "replay.h"
