// SPDX-License-Identifier: GPL-2.0-only
/*
 * vblk-order.c - a disk of deterministic mode completes requests in their order
 * before the notification returns, and looks the same on every host.
 */
#include <time.h>

#include "vblk-driver.h"

#define REQUESTS	20u

static const struct virtio_host in_order = {
	.raise = raise_irq, .in_order = true,
};

static uint64_t begun[REQUESTS];	/* offsets, in the order of reads */
static unsigned int n_begun;

static int slow_preadv(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	if (n_begun < REQUESTS)
		begun[n_begun++] = offset;
	/* The next request would overtake this one. */
	nanosleep(&moment, NULL);
	return disk_preadv(blk, iov, n, offset);
}

/* Every other request has to wait. */
static int sometimes_preadv_nowait(struct blk *blk, const struct iovec *iov,
				   int n, uint64_t offset)
{
	if (offset / 512 % 2)
		return -EAGAIN;
	if (n_begun < REQUESTS)
		begun[n_begun++] = offset;
	return disk_preadv(blk, iov, n, offset);
}

static const struct blk_ops slow_ops = {
	.name = "slow",
	.preadv = slow_preadv,
	.pwritev = disk_pwritev,
	.preadv_nowait = sometimes_preadv_nowait,
	.flush = disk_flush,
	.write_zeroes = disk_write_zeroes,
};

static struct blk slow = {
	.ops = &slow_ops,
	.size = DISK_SIZE,
	.sector_size = 512,
	.physical_size = 512,
	.caps = BLK_CAP_WRITE,
};

static void plug_in_order(struct blk *blk)
{
	vmmio_disk_destroy(DISK);
	memset(&seen, 0, sizeof(seen));
	n_begun = 0;
	REQUIRE(!vmmio_disk_create(DISK, blk, NULL, &memory, &in_order));
	start(ALL_FEATURES & ~BIT(VIRTIO_RING_F_EVENT_IDX));
}

static void requests_complete_in_their_order(void)
{
	unsigned int i;

	plug_in_order(&slow);
	for (i = 0; i < REQUESTS; i++) {
		/* Not the order of the disk either. */
		prepare(i, VIRTIO_BLK_T_IN, (i * 7) % REQUESTS, DATA + i * 512,
			512, WRITE);
		offer(3 * i);
	}
	/* Not kick(), which would wait. */
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	CHECK_EQ(used->idx, REQUESTS);
	CHECK_EQ(n_begun, REQUESTS);
	for (i = 0; i < REQUESTS; i++) {
		CHECK_EQ(used->ring[i].id, 3 * i);
		CHECK_EQ(status_of(i), VIRTIO_BLK_S_OK);
		CHECK_EQ(begun[i], (i * 7) % REQUESTS * 512ull);
	}
	CHECK(raised[LKL_IRQ_DISK0 + DISK]);
}

static void disks_look_the_same_on_every_host(void)
{
	const uint64_t both = BIT(VIRTIO_BLK_F_DISCARD) |
			      BIT(VIRTIO_BLK_F_WRITE_ZEROES);
	struct virtio_blk_config first, second;
	uint64_t features;

	plug_in_order(&slow);
	features = offered();
	CHECK_EQ(features & both, both);
	for (size_t i = 0; i < sizeof(first); i++)
		((uint8_t *)&first)[i] = config(i, 1);
	disk_blk = slow;
	disk_blk.ops = &disk_ops;
	disk_blk.physical_size = 4096;
	disk_blk.caps = BLK_CAP_WRITE | BLK_CAP_DISCARD | BLK_CAP_WRITE_ZEROES;
	plug_in_order(&disk_blk);
	CHECK_EQ(offered(), features);
	for (size_t i = 0; i < sizeof(second); i++)
		((uint8_t *)&second)[i] = config(i, 1);
	CHECK(!memcmp(&first, &second, sizeof(first)));
}

static void discarded_ranges_read_as_zeroes(void)
{
	const struct virtio_blk_discard_write_zeroes range = {
		.sector = 8, .num_sectors = 16,
	};

	plug_in_order(&slow);
	memcpy(at(char, DATA), &range, sizeof(range));
	CHECK_EQ(request(VIRTIO_BLK_T_DISCARD, 0, sizeof(range), 0),
		 VIRTIO_BLK_S_OK);
	CHECK_EQ(seen.discards, 0);
	CHECK_EQ(seen.zeroes, 1);
	CHECK_EQ(seen.unmaps, 1);
	CHECK_EQ(seen.offset, 8 * 512);
	CHECK_EQ(seen.len, 16 * 512);
}

int main(void)
{
	begin();
	RUN(requests_complete_in_their_order);
	RUN(disks_look_the_same_on_every_host);
	RUN(discarded_ranges_read_as_zeroes);
	vmmio_disk_destroy(DISK);
	return unit_exit();
}
