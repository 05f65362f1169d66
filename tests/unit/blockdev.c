// SPDX-License-Identifier: GPL-2.0-only
/*
 * blockdev.c - tests the file protocol on a block device, for which it makes a
 * loop device.
 *
 * needs: root
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blk/blk.h"
#include "helpers/asleep.h"
#include "open-image.h"
#include "unit.h"

#define IMAGE		"loop-image"
#define SIZE		(4u << 20)

static char pattern[SIZE], buffer[SIZE];
static char device[64];
static int loop_fd = -1;

static void unbind_loop(void)
{
	if (loop_fd < 0)
		return;
	ioctl(loop_fd, LOOP_CLR_FD);
	close(loop_fd);
	loop_fd = -1;
	unlink(IMAGE);
}

/* Others may take the same free device: try a few times. */
static void bind_loop(unsigned int sector_size, bool read_only)
{
	struct loop_config config = { .block_size = sector_size };
	int control, fd, n, tries = 20;

	unbind_loop();
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		SKIP_ALL("no loop devices: /dev/loop-control: %m");
	fd = open(IMAGE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	REQUIRE(fd >= 0);
	REQUIRE(write(fd, pattern, SIZE) == SIZE);
	config.fd = fd;
	config.info.lo_flags = read_only ? LO_FLAGS_READ_ONLY : 0;
	while (tries--) {
		n = ioctl(control, LOOP_CTL_GET_FREE);
		if (n < 0)
			SKIP_ALL("no free loop device: %m");
		snprintf(device, sizeof(device), "/dev/loop%d", n);
		loop_fd = open(device, O_RDWR | O_CLOEXEC);
		if (loop_fd < 0)
			SKIP_ALL("%s: %m", device);
		if (!ioctl(loop_fd, LOOP_CONFIGURE, &config))
			break;
		if (errno != EBUSY)
			SKIP_ALL("%s: LOOP_CONFIGURE: %m", device);
		close(loop_fd);
		loop_fd = -1;
	}
	REQUIRE(loop_fd >= 0);
	close(fd);
	close(control);
}

static void properties(void)
{
	static const unsigned int sizes[] = { 512, 1024, 4096 };
	struct blk *blk;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		bind_loop(sizes[i], false);
		blk = open_image(device, NULL, BLK_OPEN_READ_ONLY);
		CHECK_EQ(blk->size, SIZE);
		CHECK_EQ(blk->sector_size, sizes[i]);
		CHECK(blk->physical_size >= sizes[i]);
		CHECK_EQ(blk->caps, 0);
		CHECK_EQ(blk_pread(blk, buffer, SIZE, 0), 0);
		CHECK(!memcmp(buffer, pattern, SIZE));
		CHECK_EQ(blk_pread(blk, buffer, 1, SIZE), -EINVAL);
		blk_close(blk);
	}
}

static bool device_has(uint64_t offset, const char *want, size_t len)
{
	struct blk *blk = open_image(device, NULL, BLK_OPEN_READ_ONLY);
	bool same;

	same = !blk_pread(blk, buffer, len, offset) &&
	       !memcmp(buffer, want, len);
	blk_close(blk);
	return same;
}

static void writing(void)
{
	struct iovec iov[2] = { { pattern + 1, 1000 }, { pattern + 1001, 3096 } };
	struct blk *blk;

	bind_loop(512, false);
	blk = open_image(device, NULL, 0);
	CHECK_EQ(blk_pwritev(blk, iov, 2, SIZE - 4096), 0);
	CHECK_EQ(blk_flush(blk), 0);
	blk_close(blk);
	CHECK(device_has(0, pattern, SIZE - 4096));
	CHECK(device_has(SIZE - 4096, pattern + 1, 4096));
}

static void zeroes(bool may_unmap)
{
	static char zero[65536];
	struct blk *blk;

	bind_loop(512, false);
	blk = open_image(device, NULL, 0);
	CHECK_EQ(blk_write_zeroes(blk, 512, 65536, may_unmap), 0);
	CHECK_EQ(blk_flush(blk), 0);
	blk_close(blk);
	CHECK(device_has(0, pattern, 512));
	CHECK(device_has(512, zero, 65536));
	CHECK(device_has(66048, pattern + 66048, SIZE - 66048));
}

static void zeroes_kept(void)
{
	zeroes(false);
}

static void zeroes_unmapped(void)
{
	zeroes(true);
}

static void discard(void)
{
	struct blk *blk;

	bind_loop(512, false);
	blk = open_image(device, NULL, 0);
	CHECK_EQ(blk_discard(blk, SIZE / 2, SIZE / 4), 0);
	CHECK_EQ(blk_flush(blk), 0);
	blk_close(blk);
	CHECK(device_has(0, pattern, SIZE / 2));
	CHECK(device_has(SIZE / 4 * 3, pattern + SIZE / 4 * 3, SIZE / 4));
}

static void read_only_device(void)
{
	struct lkl_error err = { "" };
	struct blk *blk = NULL;
	int ret;

	bind_loop(512, true);
	/* Which of the two it is depends on the host's kernel. */
	ret = blk_open(device, NULL, &blk, &err);
	CHECK(ret == -EACCES || ret == -EROFS);
	CHECK(strstr(err.text, ": cannot "));
	blk = open_image(device, NULL, BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk_pread(blk, buffer, SIZE, 0), 0);
	blk_close(blk);
}

/* A mounted device is one that the host's kernel holds exclusively. */
static void device_in_use(void)
{
	struct lkl_error err = { "" };
	struct blk *blk = NULL;
	char want[128];
	int fd;

	bind_loop(512, false);
	fd = open(device, O_RDONLY | O_EXCL | O_CLOEXEC);
	REQUIRE(fd >= 0);
	CHECK_EQ(blk_open(device, NULL, &blk, &err), -EBUSY);
	snprintf(want, sizeof(want),
		 "%s: cannot open for writing: the host uses it", device);
	CHECK_STR(err.text, want);
	blk = open_image(device, NULL, BLK_OPEN_READ_ONLY);
	blk_close(blk);
	close(fd);
	blk = open_image(device, NULL, 0);
	blk_close(blk);
}

/* And so is the file of a device: what is written would not be seen. */
static void file_of_a_device(void)
{
	struct blk_options options = { .flags = 0 };
	struct lkl_error err = { "" };
	struct blk *blk = NULL;
	char want[128];

	bind_loop(512, false);
	CHECK_EQ(blk_open(IMAGE, &options, &blk, &err), -EBUSY);
	snprintf(want, sizeof(want),
		 "%s: cannot open for writing: the host uses it as %s", IMAGE,
		 device);
	CHECK_STR(err.text, want);
	/* By another name, too. */
	unlink("link");
	REQUIRE(!link(IMAGE, "link"));
	CHECK_EQ(blk_open("link", &options, &blk, &err), -EBUSY);
	unlink("link");
	options.flags = BLK_OPEN_READ_ONLY;
	REQUIRE(!blk_open(IMAGE, &options, &blk, &err));
	blk_close(blk);
	options.flags = BLK_OPEN_COW;
	REQUIRE(!blk_open(IMAGE, &options, &blk, &err));
	blk_close(blk);
	/* The host takes no locks, so to take none changes nothing. */
	options.flags = BLK_OPEN_NO_LOCK;
	CHECK_EQ(blk_open(IMAGE, &options, &blk, &err), -EBUSY);
	REQUIRE(!ioctl(loop_fd, LOOP_CLR_FD));
	close(loop_fd);
	loop_fd = -1;
	options.flags = 0;
	CHECK_EQ(blk_open(IMAGE, &options, &blk, &err), 0);
	blk_close(blk);
}

static void *unbind_soon(void *arg)
{
	/* Opening the image waits for the device to go. */
	CHECK(wait_until_asleep(*(pid_t *)arg));
	close(loop_fd);
	loop_fd = -1;
	return NULL;
}

/* As after an unmount, when others still look at it. */
static void device_that_goes_by_itself(void)
{
	pid_t main_tid = own_tid();
	struct loop_info64 info;
	struct lkl_error err = { "" };
	struct blk *blk = NULL;
	pthread_t thread;

	bind_loop(512, false);
	REQUIRE(!ioctl(loop_fd, LOOP_GET_STATUS64, &info));
	info.lo_flags |= LO_FLAGS_AUTOCLEAR;
	REQUIRE(!ioctl(loop_fd, LOOP_SET_STATUS64, &info));
	REQUIRE(!pthread_create(&thread, NULL, unbind_soon, &main_tid));
	CHECK_EQ(blk_open(IMAGE, NULL, &blk, &err), 0);
	CHECK_STR(err.text, "");
	pthread_join(thread, NULL);
	blk_close(blk);
}

/* The file beneath shrinks: what is gone is an error, not a crash. */
static void device_shrinks(void)
{
	struct blk *blk;

	bind_loop(512, false);
	blk = open_image(device, NULL, BLK_OPEN_READ_ONLY);
	REQUIRE(!truncate(IMAGE, SIZE / 2));
	REQUIRE(!ioctl(loop_fd, LOOP_SET_CAPACITY));
	CHECK_EQ(blk_pread(blk, buffer, 4096, 0), 0);
	CHECK(!memcmp(buffer, pattern, 4096));
	CHECK_EQ(blk_pread(blk, buffer, 4096, SIZE - 4096), -EIO);
	blk_close(blk);
}

int main(void)
{
	size_t i;

	if (geteuid())
		SKIP_ALL("needs root to set up a loop device");
	for (i = 0; i < SIZE; i++)
		pattern[i] = (i * 7 + i / 512) | 1;
	atexit(unbind_loop);

	RUN(properties);
	RUN(writing);
	RUN(zeroes_kept);
	RUN(zeroes_unmapped);
	RUN(discard);
	RUN(read_only_device);
	RUN(device_in_use);
	RUN(file_of_a_device);
	RUN(device_that_goes_by_itself);
	RUN(device_shrinks);
	return unit_exit();
}
