// SPDX-License-Identifier: GPL-2.0-only
/*
 * vblk-registers.c - tests of the virtio-mmio registers of a block device:
 * features, configuration, queues, interrupts.
 */
#define _GNU_SOURCE 1

#include "vblk-driver.h"

/* ---- Registers ---- */

static void identity(void)
{
	fresh(ALL_FEATURES);
	CHECK_EQ(rd(VIRTIO_MMIO_MAGIC_VALUE), 0x74726976);
	CHECK_EQ(rd(VIRTIO_MMIO_VERSION), 2);
	CHECK_EQ(rd(VIRTIO_MMIO_DEVICE_ID), VIRTIO_ID_BLOCK);
	CHECK_EQ(rd(VIRTIO_MMIO_CONFIG_GENERATION), 0);
	CHECK_EQ(rd(VIRTIO_MMIO_SHM_LEN_LOW), 0xffffffff);
	CHECK_EQ(rd(VIRTIO_MMIO_SHM_LEN_HIGH), 0xffffffff);
	/* Wrong sizes, registers that only write, and none at all. */
	CHECK_EQ(vmmio_read(DISK, VIRTIO_MMIO_MAGIC_VALUE, 1), 0);
	CHECK_EQ(vmmio_read(DISK, VIRTIO_MMIO_MAGIC_VALUE, 2), 0);
	CHECK_EQ(vmmio_read(DISK, VIRTIO_MMIO_MAGIC_VALUE, 8), 0);
	CHECK_EQ(vmmio_read(DISK, 1, 4), 0);
	CHECK_EQ(rd(VIRTIO_MMIO_QUEUE_NOTIFY), 0);
	vmmio_write(DISK, VIRTIO_MMIO_STATUS, 1, 0);
	CHECK(rd(VIRTIO_MMIO_STATUS) != 0);
}

static void slots(void)
{
	fresh(ALL_FEATURES);
	CHECK_EQ(vmmio_disk_create(DISK, &disk_blk, NULL, &memory,
				   &host),
		 -EBUSY);
	CHECK_EQ(vmmio_disk_create(LKL_MAX_DISKS, &disk_blk, NULL, &memory,
				   &host), -EINVAL);
	CHECK_EQ(vmmio_disk_create(LKL_MAX_DISKS - 1, &disk_blk, NULL, &memory,
				   &host), 0);
	CHECK_EQ(vmmio_read(LKL_MAX_DISKS - 1, 0, 4), 0x74726976);
	vmmio_disk_destroy(LKL_MAX_DISKS - 1);
	vmmio_disk_destroy(LKL_MAX_DISKS - 1);
	vmmio_disk_destroy(LKL_MAX_DISKS);
	/* Places without a device. */
	CHECK_EQ(vmmio_read(LKL_MAX_DISKS - 1, 0, 4), 0);
	CHECK_EQ(vmmio_read(LKL_MAX_DISKS, 0, 4), 0);
	CHECK_EQ(vmmio_read(~0u, 0, 4), 0);
	vmmio_write(LKL_MAX_DISKS - 1, VIRTIO_MMIO_QUEUE_NOTIFY, 4, 0);
	vmmio_write(~0u, VIRTIO_MMIO_QUEUE_NOTIFY, 4, 0);
	CHECK(!broken());
}

static void configuration(void)
{
	unsigned int size = sizeof(struct virtio_blk_config);
	uint64_t capacity;

	fresh(ALL_FEATURES);
	capacity = config(0, 4) | config(4, 4) << 32;
	CHECK_EQ(capacity, SECTORS);
	CHECK_EQ(config(0, 1), SECTORS & 0xff);
	CHECK_EQ(config(1, 1), SECTORS >> 8);
	CHECK_EQ(CONFIG(seg_max), VIRTQ_NUM_MAX - 2);
	CHECK_EQ(CONFIG(blk_size), 512);
	CHECK_EQ(CONFIG(physical_block_exp), 3);
	CHECK_EQ(CONFIG(alignment_offset), 0);
	CHECK_EQ(CONFIG(min_io_size), 8);
	CHECK_EQ(CONFIG(opt_io_size), 0);
	CHECK_EQ(CONFIG(max_discard_seg), 64);
	CHECK_EQ(CONFIG(discard_sector_alignment), 8);
	CHECK_EQ(CONFIG(max_write_zeroes_seg), 1);
	CHECK_EQ(CONFIG(write_zeroes_may_unmap), 1);
	CHECK_EQ(config(0, 8), 0);
	CHECK_EQ(config(size - 4, 8), 0);
	CHECK_EQ(config(size - 3, 4), 0);
	CHECK_EQ(config(size, 1), 0);
	CHECK_EQ(config(0xfffffe00u, 4), 0);
	CHECK_EQ(config(-1u - VIRTIO_MMIO_CONFIG, 1), 0);
	/* Nothing of it can be written. */
	wr(VIRTIO_MMIO_CONFIG, 0);
	CHECK_EQ(config(0, 4), SECTORS);
}

static void configuration_of_large_sectors(void)
{
	plug_in(0);
	vmmio_disk_destroy(DISK);
	disk_blk.sector_size = 4096;
	REQUIRE(!vmmio_disk_create(DISK, &disk_blk, NULL, &memory,
				   &host));
	CHECK_EQ(config(0, 4), SECTORS);
	CHECK_EQ(CONFIG(blk_size), 4096);
	CHECK_EQ(CONFIG(physical_block_exp), 0);
	CHECK_EQ(CONFIG(min_io_size), 1);
}

#define ALWAYS								\
	(BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_RING_F_INDIRECT_DESC) |	\
	 BIT(VIRTIO_RING_F_EVENT_IDX) | BIT(VIRTIO_BLK_F_SEG_MAX) |	\
	 BIT(VIRTIO_BLK_F_BLK_SIZE) | BIT(VIRTIO_BLK_F_TOPOLOGY) |	\
	 BIT(VIRTIO_BLK_F_FLUSH))

static void features_offered(void)
{
	plug_in(0);
	CHECK_EQ(offered(), ALWAYS | BIT(VIRTIO_BLK_F_RO));
	plug_in(BLK_CAP_WRITE);
	CHECK_EQ(offered(), ALWAYS);
	plug_in(BLK_CAP_WRITE | BLK_CAP_DISCARD);
	CHECK_EQ(offered(), ALWAYS | BIT(VIRTIO_BLK_F_DISCARD));
	plug_in(BLK_CAP_WRITE | BLK_CAP_WRITE_ZEROES);
	CHECK_EQ(offered(), ALWAYS | BIT(VIRTIO_BLK_F_WRITE_ZEROES));
	/* There are two words of them. */
	wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 2);
	CHECK_EQ(rd(VIRTIO_MMIO_DEVICE_FEATURES), 0);
	wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, ~0u);
	CHECK_EQ(rd(VIRTIO_MMIO_DEVICE_FEATURES), 0);
}

static bool accepted(uint64_t features)
{
	wr(VIRTIO_MMIO_STATUS, 0);
	accept(features);
	wr(VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE |
			       VIRTIO_CONFIG_S_DRIVER |
			       VIRTIO_CONFIG_S_FEATURES_OK);
	return rd(VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_FEATURES_OK;
}

static void features_accepted(void)
{
	plug_in(BLK_CAP_WRITE);
	CHECK(accepted(ALWAYS));
	CHECK(accepted(BIT(VIRTIO_F_VERSION_1)));
	CHECK(!accepted(0));
	CHECK(!accepted(ALWAYS & ~BIT(VIRTIO_F_VERSION_1)));
	CHECK(!accepted(ALWAYS | BIT(VIRTIO_BLK_F_DISCARD)));
	CHECK(!accepted(ALWAYS | BIT(VIRTIO_F_RING_PACKED)));
	CHECK(!accepted(ALWAYS | BIT(63)));
	/* It may try again without a reset, but not once it is settled. */
	accept(ALWAYS);
	wr(VIRTIO_MMIO_STATUS, 11);
	CHECK_EQ(rd(VIRTIO_MMIO_STATUS), 11);
	accept(BIT(63));
	wr(VIRTIO_MMIO_STATUS, 11);
	CHECK_EQ(rd(VIRTIO_MMIO_STATUS), 11);
	/* Words beyond the second do not exist. */
	wr(VIRTIO_MMIO_STATUS, 0);
	accept(ALWAYS);
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 2);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, ~0u);
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 33);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, ~0u);
	wr(VIRTIO_MMIO_STATUS, 11);
	CHECK_EQ(rd(VIRTIO_MMIO_STATUS), 11);
}

static void status_bits(void)
{
	fresh(ALL_FEATURES);
	CHECK_EQ(rd(VIRTIO_MMIO_STATUS), 15);
	/* They are never taken away, and one is not the driver's to set. */
	wr(VIRTIO_MMIO_STATUS, 1);
	CHECK_EQ(rd(VIRTIO_MMIO_STATUS), 15);
	wr(VIRTIO_MMIO_STATUS, 15 | VIRTIO_CONFIG_S_NEEDS_RESET);
	CHECK_EQ(rd(VIRTIO_MMIO_STATUS), 15);
	wr(VIRTIO_MMIO_STATUS, 15 | VIRTIO_CONFIG_S_FAILED);
	CHECK_EQ(rd(VIRTIO_MMIO_STATUS), 15 | VIRTIO_CONFIG_S_FAILED);
	wr(VIRTIO_MMIO_STATUS, 0);
	CHECK_EQ(rd(VIRTIO_MMIO_STATUS), 0);
	CHECK_EQ(rd(VIRTIO_MMIO_QUEUE_READY), 0);
}

static void queue_registers(void)
{
	unsigned int i;

	fresh(ALL_FEATURES);
	CHECK_EQ(rd(VIRTIO_MMIO_QUEUE_NUM_MAX), VIRTQ_NUM_MAX);
	wr(VIRTIO_MMIO_QUEUE_SEL, 1);
	CHECK_EQ(rd(VIRTIO_MMIO_QUEUE_NUM_MAX), 0);
	CHECK_EQ(rd(VIRTIO_MMIO_QUEUE_READY), 0);
	wr(VIRTIO_MMIO_QUEUE_READY, 1);
	CHECK_EQ(rd(VIRTIO_MMIO_QUEUE_READY), 0);
	wr(VIRTIO_MMIO_QUEUE_READY, 0);
	wr(VIRTIO_MMIO_QUEUE_SEL, 0);
	CHECK_EQ(rd(VIRTIO_MMIO_QUEUE_READY), 1);
	CHECK(!broken());
	/* A live queue does not move. */
	wr(VIRTIO_MMIO_QUEUE_DESC_HIGH, 0xffffffff);
	wr(VIRTIO_MMIO_QUEUE_NUM, 3);
	for (i = 0; i < 5; i++)
		CHECK_EQ(request(VIRTIO_BLK_T_IN, 0, 512, WRITE),
			 VIRTIO_BLK_S_OK);
	/* As a driver does that is unloaded. */
	wr(VIRTIO_MMIO_QUEUE_READY, 0);
	CHECK_EQ(rd(VIRTIO_MMIO_QUEUE_READY), 0);
	prepare(0, VIRTIO_BLK_T_IN, 0, DATA, 512, WRITE);
	offer(0);
	kick();
	CHECK_EQ(used->idx, 5);
}

static void bad_queues(void)
{
	static const unsigned int sizes[] = { 0, 3, 257, 512, 0x10000,
					      0x80000000 };
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fresh(ALL_FEATURES);
		wr(VIRTIO_MMIO_QUEUE_READY, 0);
		num = sizes[i];
		set_queue(DESC, AVAIL, USED);
		CHECK_EQ(rd(VIRTIO_MMIO_QUEUE_READY), 0);
		CHECK(broken());
		kick();
	}
	fresh(ALL_FEATURES);
	wr(VIRTIO_MMIO_QUEUE_READY, 0);
	set_queue(DESC, AVAIL, 1ull << 40);
	CHECK_EQ(rd(VIRTIO_MMIO_QUEUE_READY), 0);
	CHECK(broken());
	fresh(ALL_FEATURES);
	CHECK(!broken());
	CHECK_EQ(request(VIRTIO_BLK_T_IN, 0, 512, WRITE), VIRTIO_BLK_S_OK);
}

static void notify_too_early(void)
{
	fresh(ALL_FEATURES);
	prepare(0, VIRTIO_BLK_T_IN, 0, DATA, 512, WRITE);
	offer(0);
	/* Another queue's notification is none. */
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
	CHECK_EQ(used->idx, 0);
	kick();
	CHECK_EQ(used->idx, 1);

	/* Everything set up, but for DRIVER_OK. */
	wr(VIRTIO_MMIO_STATUS, 0);
	CHECK(accepted(ALWAYS));
	memset(memory.base, 0, DATA);
	set_queue(DESC, AVAIL, USED);
	prepare(0, VIRTIO_BLK_T_IN, 0, DATA, 512, WRITE);
	offer(0);
	kick();
	CHECK_EQ(used->idx, 0);
	wr(VIRTIO_MMIO_STATUS, 15);
	kick();
	CHECK_EQ(used->idx, 1);
}

static void interrupts(void)
{
	const unsigned int irq = LKL_IRQ_DISK0 + DISK;
	unsigned int i, others = 0;

	fresh(ALL_FEATURES & ~BIT(VIRTIO_RING_F_EVENT_IDX));
	CHECK_EQ(rd(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	request(VIRTIO_BLK_T_IN, 0, 512, WRITE);
	CHECK_EQ(raised[irq], 1);
	CHECK_EQ(rd(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_VRING);
	wr(VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_CONFIG);
	CHECK_EQ(rd(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_VRING);
	wr(VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_VRING);
	CHECK_EQ(rd(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	request(VIRTIO_BLK_T_IN, 0, 512, WRITE);
	CHECK_EQ(raised[irq], 1);
	CHECK_EQ(rd(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	/* A notification with nothing behind it. */
	avail->flags = 0;
	kick();
	kick();
	CHECK_EQ(raised[irq], 1);
	request(VIRTIO_BLK_T_IN, 0, 512, WRITE);
	CHECK_EQ(raised[irq], 2);
	for (i = 0; i < LKL_NR_IRQS; i++)
		others += i == irq ? 0 : raised[i];
	CHECK_EQ(others, 0);
}

static void interrupt_once_for_a_batch(void)
{
	const unsigned int n = 80;
	unsigned int i, bad = 0;

	fresh(ALL_FEATURES);
	for (i = 0; i < n; i++) {
		prepare(i, VIRTIO_BLK_T_IN, i, DATA + i * 512, 512, WRITE);
		offer(3 * i);
	}
	avail->ring[num] = 0;
	kick();
	CHECK_EQ(used->idx, n);
	CHECK_EQ(raised[LKL_IRQ_DISK0 + DISK], 1);
	for (i = 0; i < n; i++) {
		bad += used->ring[i].id != 3 * i;
		bad += used->ring[i].len != 513;
		bad += status_of(i) != VIRTIO_BLK_S_OK;
	}
	CHECK_EQ(bad, 0);
	CHECK(!memcmp(at(char, DATA), disk, n * 512));
	CHECK_EQ(seen.reads, n);
}

int main(void)
{
	begin();

	RUN(identity);
	RUN(slots);
	RUN(configuration);
	RUN(configuration_of_large_sectors);
	RUN(features_offered);
	RUN(features_accepted);
	RUN(status_bits);
	RUN(queue_registers);
	RUN(bad_queues);
	RUN(notify_too_early);
	RUN(interrupts);
	RUN(interrupt_once_for_a_batch);
	vmmio_disk_destroy(DISK);
	return unit_exit();
}
