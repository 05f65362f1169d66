// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk.c - the image layer alone, without a kernel: one request at a time.
 *
 * Usage: blk read|write IMAGE FORMAT REQUEST-SIZE STEP COUNT
 *
 * Each request begins STEP bytes after the one before, around the end of the
 * image: what qemu-img bench does with -d 1.  Writing ends with a flush.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lkl/blk/blk.h"

static int fail(const char *what, int ret)
{
	fprintf(stderr, "blk: %s: %s\n", what, strerror(-ret));
	return 1;
}

int main(int argc, char **argv)
{
	struct blk_options options = { .flags = 0 };
	unsigned long count, i;
	uint64_t offset = 0, step;
	struct lkl_error err;
	struct blk *blk;
	bool writes;
	size_t size;
	char *buf;
	int ret;

	if (argc != 7)
		return 2;
	writes = !strcmp(argv[1], "write");
	options.format = argv[3];
	if (!writes)
		options.flags = BLK_OPEN_READ_ONLY;
	size = strtoul(argv[4], NULL, 10);
	step = strtoull(argv[5], NULL, 10);
	count = strtoul(argv[6], NULL, 10);
	buf = aligned_alloc(4096, (size + 4095) / 4096 * 4096);
	if (!buf || !size)
		return 2;
	memset(buf, 0x5a, size);
	if (blk_open(argv[2], &options, &blk, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (size > blk->size)
		return fail("image too small", -22);
	for (i = 0; i < count; i++) {
		if (offset > blk->size - size)
			offset %= blk->size - size + 1;
		ret = writes ? blk_pwrite(blk, buf, size, offset) :
			       blk_pread(blk, buf, size, offset);
		if (ret < 0)
			return fail(argv[1], ret);
		offset += step;
	}
	if (writes) {
		ret = blk_flush(blk);
		if (ret < 0)
			return fail("flush", ret);
	}
	blk_close(blk);
	free(buf);
	return 0;
}
