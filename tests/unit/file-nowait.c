// SPDX-License-Identifier: GPL-2.0-only
/*
 * file-nowait.c - tests transfers of the file protocol that must not wait.
 */
#define _GNU_SOURCE 1

#include <pthread.h>

#include "file-faults.h"

/* ---- Reading without waiting ---- */

static void nowait_cached(void)
{
	struct iovec iov[2] = { { buffer, 5000 }, { buffer + 5000, 3192 } };
	struct blk *blk;
	int ret;

	make_image(MIB);
	blk = open_raw(0);
	/* Just written, so at hand, if this file system can tell. */
	memset(buffer, 0, 8192);
	ret = blk_preadv_nowait(blk, iov, 2, 4096);
	if (ret)
		CHECK_EQ(ret, -EAGAIN);
	else
		CHECK(!memcmp(buffer, pattern + 4096, 8192));
	CHECK_EQ(fault_read.calls, 0);
	blk_close(blk);
}

static void nowait_partly_cached(void)
{
	struct iovec iov = { buffer, 8192 };
	struct blk *blk;

	make_image(MIB);
	blk = open_raw(0);
	fault_nowait = (struct fault){ .max = 4096, .error = EAGAIN,
				       .after = 1 };
	CHECK_EQ(blk_preadv_nowait(blk, &iov, 1, 0), -EAGAIN);
	/* That says nothing about the next time. */
	fault_nowait = (struct fault){ .error = EAGAIN };
	CHECK_EQ(blk_preadv_nowait(blk, &iov, 1, 0), -EAGAIN);
	CHECK_EQ(fault_nowait.calls, 1);
	blk_close(blk);
}

static void nowait_unsupported(void)
{
	static const int errors[] = { EOPNOTSUPP, EINVAL, ENOSYS };
	struct iovec iov = { buffer, 8192 };
	struct blk *blk;
	unsigned int i;

	make_image(MIB);
	for (i = 0; i < 3; i++) {
		blk = open_raw(0);
		fault_nowait.error = errors[i];
		CHECK_EQ(blk_preadv_nowait(blk, &iov, 1, 0), -EAGAIN);
		CHECK_EQ(blk_preadv_nowait(blk, &iov, 1, 0), -EAGAIN);
		CHECK_EQ(fault_nowait.calls, 1);
		/* Where it may wait, it reads. */
		CHECK_EQ(blk_preadv(blk, &iov, 1, 0), 0);
		CHECK(!memcmp(buffer, pattern, 8192));
		blk_close(blk);
	}
}

static void nowait_error(void)
{
	struct iovec iov = { buffer, 8192 };
	struct blk *blk;

	make_image(MIB);
	blk = open_raw(0);
	fault_nowait.error = EIO;
	CHECK_EQ(blk_preadv_nowait(blk, &iov, 1, 0), -EIO);
	blk_close(blk);
}

/* ---- Writing without waiting ---- */

#define PAGE	4096u
#define US	1000ll
#define MS	(1000 * US)

static int write_nowait(struct blk *blk, size_t len, uint64_t offset)
{
	struct iovec iov[2] = {
		{ pattern + 1, len / 2 }, { pattern + 1 + len / 2, len - len / 2 },
	};

	return blk_pwritev_nowait(blk, iov, 2, offset);
}

/* A host that knows no writing without waiting, as ext4 does not. */
static struct blk *open_on_ext4(void)
{
	struct blk *blk;

	make_image(MIB);
	blk = open_raw(0);
	fault_write_nowait.error = EOPNOTSUPP;
	return blk;
}

static void write_nowait_where_the_host_can(void)
{
	struct blk *blk;

	make_image(MIB);
	blk = open_raw(0);
	fault_write_nowait.max = 1000;
	CHECK_EQ(write_nowait(blk, 300000, 512), 0);
	fault_write_nowait = (struct fault){ .error = EAGAIN };
	CHECK_EQ(write_nowait(blk, PAGE, 0), -EAGAIN);
	/* Told to wait, it is not tried in another way. */
	CHECK_EQ(fault_write.calls, 0);
	fault_write_nowait.error = ENOSPC;
	CHECK_EQ(write_nowait(blk, PAGE, 0), -ENOSPC);
	blk_close(blk);
	CHECK(image_has(512, pattern + 1, 300000));
}

static void small_writes_are_tried(void)
{
	struct blk *blk = open_on_ext4();

	CHECK_EQ(write_nowait(blk, PAGE, PAGE), 0);
	CHECK_EQ(write_nowait(blk, 4 * PAGE, 8 * PAGE), 0);
	CHECK_EQ(fault_write_nowait.calls, 1);
	CHECK_EQ(fault_write.calls, 2);
	/* Those that take long, or read before they write, are not. */
	CHECK_EQ(write_nowait(blk, 5 * PAGE, 0), -EAGAIN);
	CHECK_EQ(write_nowait(blk, 512, 0), -EAGAIN);
	CHECK_EQ(write_nowait(blk, PAGE, 512), -EAGAIN);
	CHECK_EQ(fault_write.calls, 2);
	fault_write.error = ENOSPC;
	CHECK_EQ(write_nowait(blk, PAGE, 0), -ENOSPC);
	blk_close(blk);
	CHECK(image_has(PAGE, pattern + 1, PAGE));
	CHECK(image_has(8 * PAGE, pattern + 1, 4 * PAGE));
}

static void none_is_tried_after_a_slow_one(void)
{
	struct blk *blk = open_on_ext4();

	fault_write.ns = 150 * US;
	CHECK_EQ(write_nowait(blk, PAGE, 0), 0);
	CHECK_EQ(write_nowait(blk, PAGE, 0), 0);
	fault_write.ns = 5 * MS;
	CHECK_EQ(write_nowait(blk, PAGE, 0), 0);
	CHECK_EQ(write_nowait(blk, PAGE, 0), -EAGAIN);
	fake_ns += 9 * MS;
	CHECK_EQ(write_nowait(blk, PAGE, 0), -EAGAIN);
	fake_ns += 2 * MS;
	/* Still slow: for longer this time. */
	CHECK_EQ(write_nowait(blk, PAGE, 0), 0);
	fake_ns += 19 * MS;
	CHECK_EQ(write_nowait(blk, PAGE, 0), -EAGAIN);
	fake_ns += 2 * MS;
	fault_write.ns = 0;
	CHECK_EQ(write_nowait(blk, PAGE, 0), 0);
	CHECK_EQ(write_nowait(blk, PAGE, 0), 0);
	blk_close(blk);
}

/* However slow the host is, it takes a small part of the caller's time. */
static void a_slow_host_is_hardly_tried(void)
{
	struct blk *blk = open_on_ext4();
	const int64_t end = fake_ns + 100000 * MS;
	int tried = 0;

	fault_write.ns = 200 * MS;
	while (fake_ns < end) {
		if (!write_nowait(blk, PAGE, 0))
			tried++;
		fake_ns += MS;
	}
	CHECK(tried > 5);
	CHECK(tried < 25);
	/* But when it is not any more, that is found out, and forgiven. */
	fake_ns += 30000 * MS;
	fault_write.ns = 5 * MS;
	CHECK_EQ(write_nowait(blk, PAGE, 0), 0);
	fake_ns += 11 * MS;
	CHECK_EQ(write_nowait(blk, PAGE, 0), 0);
	blk_close(blk);
}

static void *write_page(void *blk)
{
	CHECK_EQ(blk_pwrite(blk, pattern, PAGE, 0), 0);
	return NULL;
}

static void none_is_tried_while_others_write(void)
{
	struct blk *blk = open_on_ext4();
	pthread_t thread;
	sem_t gate, entered;

	CHECK_EQ(write_nowait(blk, PAGE, 0), 0);
	sem_init(&gate, 0, 0);
	sem_init(&entered, 0, 0);
	fault_write.entered = &entered;
	fault_write.gate = &gate;
	REQUIRE(!pthread_create(&thread, NULL, write_page, blk));
	sem_wait(&entered);
	CHECK_EQ(write_nowait(blk, PAGE, PAGE), -EAGAIN);
	sem_post(&gate);
	pthread_join(thread, NULL);
	fault_write.gate = NULL;
	CHECK_EQ(write_nowait(blk, PAGE, PAGE), 0);
	blk_close(blk);
}

int main(void)
{
	begin();

	RUN(nowait_cached);
	RUN(nowait_partly_cached);
	RUN(nowait_unsupported);
	RUN(nowait_error);
	RUN(write_nowait_where_the_host_can);
	RUN(small_writes_are_tried);
	RUN(none_is_tried_after_a_slow_one);
	RUN(a_slow_host_is_hardly_tried);
	RUN(none_is_tried_while_others_write);
	return unit_exit();
}
