// SPDX-License-Identifier: GPL-2.0-only
/*
 * qcow2-create.c - tests that an empty qcow2 image that the library has made reads
 * as zeroes, can be written to, and has no errors, whatever its size.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "blk/blk.h"
#include "unit.h"

static char block[512], got[512];

static int create_qcow2(uint64_t size, struct lkl_error *err)
{
	int fd = open("image", O_RDWR | O_CREAT | O_CLOEXEC, 0666), ret;

	REQUIRE(fd >= 0);
	/* The content is replaced. */
	CHECK(pwrite(fd, "rubbish", 7, 200000) == 7);
	ret = qcow2_create(fd, size, err);
	close(fd);
	return ret;
}

static void any_size(void)
{
	static const uint64_t sizes[] = {
		512, 65536, 512ull << 20, (512ull << 20) + 512, 1ull << 40,
		16ull << 40, 2ull << 50,
	};
	const struct blk_options options = { .format = "qcow2" };
	struct lkl_error err = { "" };
	struct blk *blk;
	size_t i;

	memset(block, 'x', sizeof(block));
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		REQUIRE(!create_qcow2(sizes[i], &err));
		REQUIRE(!blk_open("image", &options, &blk, &err));
		CHECK(blk->size == sizes[i]);
		CHECK(!blk_pread(blk, got, 512, sizes[i] - 512));
		CHECK(!got[0] && !got[511]);
		CHECK(!blk_pwrite(blk, block, 512, sizes[i] - 512));
		CHECK(!blk_flush(blk));
		blk_close(blk);
		CHECK(!system("qemu-img --version >qemu-img.log 2>&1 || exit 0;"
			      " qemu-img check -q image"));
		REQUIRE(!blk_open("image", &options, &blk, &err));
		CHECK(!blk_pread(blk, got, 512, sizes[i] - 512));
		CHECK(!memcmp(got, block, 512));
		blk_close(blk);
	}
}

static void too_large(void)
{
	struct lkl_error err = { "" };

	CHECK(create_qcow2((2ull << 50) + 512, &err) == -EFBIG);
	CHECK(strstr(err.text, "not supported by qcow2"));
}

int main(void)
{
	RUN(any_size);
	RUN(too_large);
	unlink("image");
	unlink("qemu-img.log");
	return unit_exit();
}
