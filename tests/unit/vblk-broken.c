// SPDX-License-Identifier: GPL-2.0-only
/*
 * vblk-broken.c - tests of the block device with drivers that break the rules
 * of virtio.
 */
#define _GNU_SOURCE 1

#include "vblk-driver.h"

/* ---- Drivers that break the rules ---- */

static void expect_broken(void)
{
	uint16_t before = used->idx;

	kick();
	CHECK(broken());
	CHECK_EQ(raised[LKL_IRQ_DISK0 + DISK], 1);
	CHECK_EQ(rd(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	CHECK_EQ(used->idx, before);
	/* Nothing happens any more, whatever is offered ... */
	prepare(0, VIRTIO_BLK_T_IN, 0, DATA, 512, WRITE);
	offer(0);
	kick();
	CHECK_EQ(used->idx, before);
	CHECK_EQ(raised[LKL_IRQ_DISK0 + DISK], 1);
	wr(VIRTIO_MMIO_STATUS, 15);
	CHECK(broken());
	/* ... until the driver begins again. */
	start(ALL_FEATURES);
	CHECK(!broken());
	CHECK_EQ(request(VIRTIO_BLK_T_IN, 0, 512, WRITE), VIRTIO_BLK_S_OK);
}

static void no_header(void)
{
	fresh(ALL_FEATURES);
	set(DESC, 0, STATUS, 1, WRITE, 0);
	offer(0);
	expect_broken();

	fresh(ALL_FEATURES);
	set(DESC, 0, HEADER, 15, NEXT, 1);
	set(DESC, 1, STATUS, 1, WRITE, 0);
	offer(0);
	expect_broken();
}

static void no_status(void)
{
	fresh(ALL_FEATURES);
	header(0, VIRTIO_BLK_T_FLUSH, 0);
	set(DESC, 0, HEADER, 16, 0, 0);
	offer(0);
	expect_broken();
	CHECK_EQ(seen.flushes, 0);
}

static void broken_rings(void)
{
	fresh(ALL_FEATURES);
	set(DESC, 0, HEADER, 16, NEXT, 0);
	offer(0);
	expect_broken();

	fresh(ALL_FEATURES);
	avail->idx = 1000;
	expect_broken();

	fresh(ALL_FEATURES);
	offer(256);
	expect_broken();

	fresh(ALL_FEATURES);
	set(DESC, 0, MEMORY_SIZE - 8, 16, NEXT, 1);
	set(DESC, 1, STATUS, 1, WRITE, 0);
	offer(0);
	expect_broken();

	fresh(ALL_FEATURES);
	set(DESC, 0, TABLE, 24, INDIRECT, 0);
	offer(0);
	expect_broken();
}

/* Requests before the broken one are completed and announced. */
static void broken_after_good(void)
{
	fresh(ALL_FEATURES);
	prepare(0, VIRTIO_BLK_T_IN, 0, DATA, 512, WRITE);
	offer(0);
	offer(999);
	kick();
	CHECK(broken());
	CHECK_EQ(used->idx, 1);
	CHECK_EQ(status_of(0), VIRTIO_BLK_S_OK);
	CHECK_EQ(rd(VIRTIO_MMIO_INTERRUPT_STATUS),
		 VIRTIO_MMIO_INT_CONFIG | VIRTIO_MMIO_INT_VRING);
}

/* A driver can let a disk be read into the very rings that are in use. */
static void read_into_rings(void)
{
	static const uint64_t targets[] = { DESC, AVAIL - 512, USED - 512,
					    AVAIL, USED };
	unsigned int i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		fresh(ALL_FEATURES);
		prepare(0, VIRTIO_BLK_T_IN, 0, targets[i], 4096, WRITE);
		prepare(1, VIRTIO_BLK_T_IN, 8, targets[i], 4096, WRITE);
		offer(0);
		offer(3);
		kick();
		kick();
		CHECK(seen.reads >= 1);
		start(ALL_FEATURES);
		CHECK_EQ(request(VIRTIO_BLK_T_IN, 0, 512, WRITE),
			 VIRTIO_BLK_S_OK);
	}
}

/* The pool of requests is never used up by those that went wrong. */
static void requests_are_not_lost(void)
{
	unsigned int i;

	fresh(ALL_FEATURES);
	for (i = 0; i < 1000; i++) {
		start(ALL_FEATURES);
		set(DESC, 0, HEADER, 8, NEXT, 1);
		set(DESC, 1, STATUS, 1, WRITE, 0);
		offer(0);
		kick();
		CHECK(broken());
	}
	start(ALL_FEATURES);
	for (i = 0; i < 1000; i++)
		request(VIRTIO_BLK_T_IN, SECTORS, 512, WRITE);
	CHECK_EQ(used->idx, 1000);
	CHECK_EQ(request(VIRTIO_BLK_T_IN, 0, 512, WRITE), VIRTIO_BLK_S_OK);
}

static void many_requests(void)
{
	unsigned int i, bad = 0;

	fresh(ALL_FEATURES);
	for (i = 0; i < 100000; i++)
		bad += request(VIRTIO_BLK_T_IN, i % SECTORS, 512, WRITE) !=
			       VIRTIO_BLK_S_OK ||
		       memcmp(at(char, DATA), disk + i % SECTORS * 512, 512);
	CHECK_EQ(bad, 0);
	CHECK_EQ(seen.reads, 100000);
}

int main(void)
{
	begin();

	RUN(no_header);
	RUN(no_status);
	RUN(broken_rings);
	RUN(broken_after_good);
	RUN(read_into_rings);
	RUN(requests_are_not_lost);
	RUN(many_requests);
	vmmio_disk_destroy(DISK);
	return unit_exit();
}
