// SPDX-License-Identifier: GPL-2.0-only
/*
 * file-no-flush.c - tests that a flush of an image waits for the host's storage,
 * unless the image was opened with BLK_OPEN_NO_FLUSH.
 */
#define _GNU_SOURCE 1

#include <fcntl.h>
#include <unistd.h>

#include "blk/blk.h"
#include "unit.h"

static unsigned int syncs;

/* In place of libc's. */
int fdatasync(int fd)
{
	(void)fd;
	syncs++;
	return 0;
}

static void flush_image(unsigned int flags, unsigned int expected)
{
	const struct blk_options options = { .flags = flags, .format = "raw" };
	struct lkl_error err = { "" };
	struct blk *blk;

	syncs = 0;
	REQUIRE(!blk_open("image", &options, &blk, &err));
	CHECK(!blk_pwrite(blk, "data", 4, 512));
	CHECK(!blk_flush(blk));
	CHECK(syncs == expected);
	blk_close(blk);
}

static void waits(void)
{
	flush_image(0, 1);
}

static void does_not_wait(void)
{
	flush_image(BLK_OPEN_NO_FLUSH, 0);
}

int main(void)
{
	int fd = open("image", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	REQUIRE(fd >= 0 && !ftruncate(fd, 1 << 20));
	close(fd);
	RUN(waits);
	RUN(does_not_wait);
	unlink("image");
	return unit_exit();
}
