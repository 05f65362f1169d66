// SPDX-License-Identifier: GPL-2.0-only
/*
 * vblk.c - tests of the virtio-mmio registers and of the block device, driven
 * as a kernel would drive them.
 *
 * The disk is an array in memory whose operations are counted and can fail.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_ring.h>
#include <stdint.h>
#include <sys/mman.h>

#include "../../lkl/arch/include/asm/host_ops.h"
#include "../../lkl/blk/blk.h"
#include "../../lkl/host/virtio.h"
#include "unit.h"

#define NEXT		VRING_DESC_F_NEXT
#define WRITE		VRING_DESC_F_WRITE
#define INDIRECT	VRING_DESC_F_INDIRECT
#define BIT(n)		(1ull << (n))

/* ---- The disk ---- */

#define SECTORS		2048u
#define DISK_SIZE	(SECTORS * 512u)

static char disk[DISK_SIZE];
static struct {
	int reads, writes, flushes, discards, zeroes, unmaps;
	uint64_t offset, len;	/* of the last discard or zeroes */
	int error;		/* returned by all of them */
} seen;

static int disk_rw(const struct iovec *iov, int n, uint64_t offset, bool write)
{
	int i;

	if (seen.error)
		return seen.error;
	for (i = 0; i < n; i++) {
		CHECK(iov[i].iov_len);
		if (write)
			memcpy(disk + offset, iov[i].iov_base, iov[i].iov_len);
		else
			memcpy(iov[i].iov_base, disk + offset, iov[i].iov_len);
		offset += iov[i].iov_len;
	}
	return 0;
}

static int disk_preadv(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset)
{
	(void)blk;
	seen.reads++;
	return disk_rw(iov, n, offset, false);
}

static int disk_pwritev(struct blk *blk, const struct iovec *iov, int n,
			uint64_t offset)
{
	(void)blk;
	seen.writes++;
	return disk_rw(iov, n, offset, true);
}

static int disk_flush(struct blk *blk)
{
	(void)blk;
	seen.flushes++;
	return seen.error;
}

static int disk_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	(void)blk;
	seen.discards++;
	seen.offset = offset;
	seen.len = len;
	return seen.error;
}

static int disk_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
			     bool may_unmap)
{
	(void)blk;
	seen.zeroes++;
	seen.unmaps += may_unmap;
	seen.offset = offset;
	seen.len = len;
	return seen.error;
}

static const struct blk_ops disk_ops = {
	.name = "memory",
	.preadv = disk_preadv,
	.pwritev = disk_pwritev,
	.preadv_nowait = disk_preadv,
	.pwritev_nowait = disk_pwritev,
	.flush = disk_flush,
	.discard = disk_discard,
	.write_zeroes = disk_write_zeroes,
};

static struct blk disk_blk = { .ops = &disk_ops };

/* ---- The driver ---- */

#define MEMORY_SIZE	(4u << 20)
#define DESC		0x0000u
#define AVAIL		0x2000u
#define USED		0x3000u
#define TABLE		0x4000u
#define HEADER		0x8000u
#define STATUS		0x9000u		/* one byte for each descriptor */
#define DATA		0x10000u

#define DISK		3u		/* number of the disk under test */
#define ALL_FEATURES	~0ull		/* that are offered */
#define POISON		0xee

static struct virtio_memory memory = { .size = MEMORY_SIZE };
static unsigned int raised[LKL_NR_IRQS];
static unsigned int num;

#define at(type, addr)	((type *)((char *)memory.base + (addr)))
#define avail		at(struct vring_avail, AVAIL)
#define used		at(struct vring_used, USED)
#define status_of(i)	(*at(uint8_t, STATUS + (i)))

static void raise_irq(unsigned int irq)
{
	REQUIRE(irq < LKL_NR_IRQS);
	raised[irq]++;
}

static uint32_t rd(unsigned int offset)
{
	return vmmio_read(DISK, offset, 4);
}

static void wr(unsigned int offset, uint32_t value)
{
	vmmio_write(DISK, offset, 4, value);
}

static uint64_t offered(void)
{
	uint64_t features;

	wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	features = (uint64_t)rd(VIRTIO_MMIO_DEVICE_FEATURES) << 32;
	wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	return features | rd(VIRTIO_MMIO_DEVICE_FEATURES);
}

static void accept(uint64_t features)
{
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, features >> 32);
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, features);
}

static void set_queue(uint64_t desc, uint64_t avail_at, uint64_t used_at)
{
	wr(VIRTIO_MMIO_QUEUE_SEL, 0);
	wr(VIRTIO_MMIO_QUEUE_NUM, num);
	wr(VIRTIO_MMIO_QUEUE_DESC_LOW, desc);
	wr(VIRTIO_MMIO_QUEUE_DESC_HIGH, desc >> 32);
	wr(VIRTIO_MMIO_QUEUE_AVAIL_LOW, avail_at);
	wr(VIRTIO_MMIO_QUEUE_AVAIL_HIGH, avail_at >> 32);
	wr(VIRTIO_MMIO_QUEUE_USED_LOW, used_at);
	wr(VIRTIO_MMIO_QUEUE_USED_HIGH, used_at >> 32);
	wr(VIRTIO_MMIO_QUEUE_READY, 1);
}

/* What a driver does to find the device and use @features of it. */
static void start(uint64_t features)
{
	const uint32_t found = VIRTIO_CONFIG_S_ACKNOWLEDGE |
			       VIRTIO_CONFIG_S_DRIVER;

	memset(memory.base, 0, MEMORY_SIZE);
	memset(at(char, STATUS), POISON, 0x1000);
	wr(VIRTIO_MMIO_STATUS, 0);
	REQUIRE(!rd(VIRTIO_MMIO_STATUS));
	wr(VIRTIO_MMIO_STATUS, found);
	accept(features & offered());
	wr(VIRTIO_MMIO_STATUS, found | VIRTIO_CONFIG_S_FEATURES_OK);
	REQUIRE(rd(VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_FEATURES_OK);
	num = rd(VIRTIO_MMIO_QUEUE_NUM_MAX);
	set_queue(DESC, AVAIL, USED);
	REQUIRE(rd(VIRTIO_MMIO_QUEUE_READY));
	wr(VIRTIO_MMIO_STATUS, found | VIRTIO_CONFIG_S_FEATURES_OK |
			       VIRTIO_CONFIG_S_DRIVER_OK);
	memset(raised, 0, sizeof(raised));
}

static void plug_in(unsigned int caps)
{
	size_t i;

	vmmio_disk_destroy(DISK);
	memset(&seen, 0, sizeof(seen));
	for (i = 0; i < DISK_SIZE; i++)
		disk[i] = i * 11 + i / 512;
	disk_blk.size = DISK_SIZE;
	disk_blk.sector_size = 512;
	disk_blk.physical_size = 4096;
	disk_blk.caps = caps;
	REQUIRE(!vmmio_disk_create(DISK, &disk_blk, NULL, &memory,
				   raise_irq));
}

static void fresh(uint64_t features)
{
	plug_in(BLK_CAP_WRITE | BLK_CAP_DISCARD | BLK_CAP_WRITE_ZEROES);
	start(features);
}

static void set(uint64_t table, unsigned int i, uint64_t addr, uint32_t len,
		uint16_t flags, uint16_t next)
{
	struct vring_desc d = {
		.addr = addr, .len = len, .flags = flags, .next = next,
	};

	memcpy(at(char, table + i * sizeof(d)), &d, sizeof(d));
}

static void offer(uint16_t head)
{
	avail->ring[avail->idx % num] = head;
	avail->idx++;
}

static void kick(void)
{
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	vmmio_disk_quiesce(DISK);
}

static void header(unsigned int i, uint32_t type, uint64_t sector)
{
	struct virtio_blk_outhdr h = { .type = type, .sector = sector };

	memcpy(at(char, HEADER + i * sizeof(h)), &h, sizeof(h));
}

/*
 * Request number @i: header, @len bytes at @data if any, status.  Takes
 * three descriptors from 3 * @i.
 */
static void prepare(unsigned int i, uint32_t type, uint64_t sector,
		    uint64_t data, uint32_t len, uint16_t data_flags)
{
	unsigned int d = 3 * i;

	header(i, type, sector);
	status_of(i) = POISON;
	set(DESC, d, HEADER + 16 * i, 16, NEXT, len ? d + 1 : d + 2);
	set(DESC, d + 1, data, len, data_flags | NEXT, d + 2);
	set(DESC, d + 2, STATUS + i, 1, WRITE, 0);
}

static uint8_t request(uint32_t type, uint64_t sector, uint32_t len,
		       uint16_t data_flags)
{
	uint16_t before = used->idx;

	prepare(0, type, sector, DATA, len, data_flags);
	offer(0);
	kick();
	CHECK_EQ((uint16_t)(used->idx - before), 1);
	CHECK_EQ(used->ring[before % num].id, 0);
	return status_of(0);
}

static uint32_t last_written(void)
{
	return used->ring[(uint16_t)(used->idx - 1) % num].len;
}

static bool broken(void)
{
	return rd(VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

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
				   raise_irq),
		 -EBUSY);
	CHECK_EQ(vmmio_disk_create(LKL_MAX_DISKS, &disk_blk, NULL, &memory,
				   raise_irq), -EINVAL);
	CHECK_EQ(vmmio_disk_create(LKL_MAX_DISKS - 1, &disk_blk, NULL, &memory,
				   raise_irq), 0);
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

static uint64_t config(unsigned int offset, unsigned int size)
{
	return vmmio_read(DISK, VIRTIO_MMIO_CONFIG + offset, size);
}

#define CONFIG(field)							\
	config(offsetof(struct virtio_blk_config, field),		\
	       sizeof(((struct virtio_blk_config *)0)->field))

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
				   raise_irq));
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

/* ---- Requests ---- */

static void read_and_write(void)
{
	fresh(ALL_FEATURES);
	CHECK_EQ(request(VIRTIO_BLK_T_IN, 5, 8192, WRITE), VIRTIO_BLK_S_OK);
	CHECK_EQ(last_written(), 8193);
	CHECK(!memcmp(at(char, DATA), disk + 5 * 512, 8192));
	memset(at(char, DATA), 0x77, 1024);
	CHECK_EQ(request(VIRTIO_BLK_T_OUT, 9, 1024, 0), VIRTIO_BLK_S_OK);
	CHECK_EQ(last_written(), 1);
	CHECK(!memcmp(disk + 9 * 512, at(char, DATA), 1024));
	CHECK(disk[11 * 512] != 0x77 || disk[11 * 512 + 1] != 0x77);
	CHECK_EQ(seen.flushes, 0);
	/* The first, the last and all sectors; none at all. */
	CHECK_EQ(request(VIRTIO_BLK_T_IN, SECTORS - 1, 512, WRITE),
		 VIRTIO_BLK_S_OK);
	CHECK(!memcmp(at(char, DATA), disk + DISK_SIZE - 512, 512));
	CHECK_EQ(request(VIRTIO_BLK_T_IN, 0, DISK_SIZE, WRITE),
		 VIRTIO_BLK_S_OK);
	CHECK(!memcmp(at(char, DATA), disk, DISK_SIZE));
	CHECK_EQ(request(VIRTIO_BLK_T_IN, SECTORS, 0, 0), VIRTIO_BLK_S_OK);
	CHECK_EQ(request(VIRTIO_BLK_T_OUT, SECTORS, 0, 0), VIRTIO_BLK_S_OK);
	CHECK(!broken());
}

static void out_of_range(void)
{
	static const uint64_t sectors[] = {
		SECTORS, SECTORS + 1, 1ull << 32, 1ull << 54, 1ull << 55,
		(1ull << 55) - 1, 1ull << 63, -1ull,
	};
	unsigned int i;

	fresh(ALL_FEATURES);
	memset(at(char, DATA), POISON, 1024);
	for (i = 0; i < sizeof(sectors) / sizeof(sectors[0]); i++) {
		CHECK_EQ(request(VIRTIO_BLK_T_IN, sectors[i], 512, WRITE),
			 VIRTIO_BLK_S_IOERR);
		CHECK_EQ(last_written(), 0);
		CHECK_EQ(request(VIRTIO_BLK_T_OUT, sectors[i], 512, 0),
			 VIRTIO_BLK_S_IOERR);
	}
	CHECK_EQ(request(VIRTIO_BLK_T_IN, SECTORS - 1, 1024, WRITE),
		 VIRTIO_BLK_S_IOERR);
	CHECK_EQ(request(VIRTIO_BLK_T_OUT, SECTORS - 1, 1024, 0),
		 VIRTIO_BLK_S_IOERR);
	/* Parts of sectors, and data in the wrong direction. */
	CHECK_EQ(request(VIRTIO_BLK_T_IN, 0, 511, WRITE), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(request(VIRTIO_BLK_T_OUT, 0, 513, 0), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(request(VIRTIO_BLK_T_IN, 0, 512, 0), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(request(VIRTIO_BLK_T_OUT, 0, 512, WRITE), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(seen.reads + seen.writes, 0);
	CHECK_EQ(*at(uint8_t, DATA), POISON);
	CHECK(!broken());
}

static void errors(void)
{
	fresh(ALL_FEATURES);
	seen.error = -ENOSPC;
	CHECK_EQ(request(VIRTIO_BLK_T_IN, 0, 512, WRITE), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(last_written(), 0);
	CHECK_EQ(request(VIRTIO_BLK_T_OUT, 0, 512, 0), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(last_written(), 1);
	CHECK_EQ(request(VIRTIO_BLK_T_FLUSH, 0, 0, 0), VIRTIO_BLK_S_IOERR);
	seen.error = -EOPNOTSUPP;
	CHECK_EQ(request(VIRTIO_BLK_T_FLUSH, 0, 0, 0), VIRTIO_BLK_S_UNSUPP);
	seen.error = 0;
	CHECK_EQ(request(VIRTIO_BLK_T_OUT, 0, 512, 0), VIRTIO_BLK_S_OK);
}

static void read_only_disk(void)
{
	plug_in(0);
	start(ALL_FEATURES);
	CHECK_EQ(request(VIRTIO_BLK_T_IN, 0, 512, WRITE), VIRTIO_BLK_S_OK);
	CHECK_EQ(request(VIRTIO_BLK_T_OUT, 0, 512, 0), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(request(VIRTIO_BLK_T_FLUSH, 0, 0, 0), VIRTIO_BLK_S_OK);
	CHECK_EQ(request(VIRTIO_BLK_T_DISCARD, 0, 16, 0), VIRTIO_BLK_S_UNSUPP);
	CHECK_EQ(request(VIRTIO_BLK_T_WRITE_ZEROES, 0, 16, 0),
		 VIRTIO_BLK_S_UNSUPP);
	CHECK_EQ(seen.writes + seen.flushes + seen.discards + seen.zeroes, 0);
}

static void flush(void)
{
	fresh(ALL_FEATURES);
	CHECK_EQ(request(VIRTIO_BLK_T_FLUSH, 0, 0, 0), VIRTIO_BLK_S_OK);
	CHECK_EQ(seen.flushes, 1);
	CHECK_EQ(request(VIRTIO_BLK_T_FLUSH, 0, 512, 0), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(seen.flushes, 1);
}

/* A driver that cannot flush must not lose what it wrote. */
static void write_through(void)
{
	fresh(ALL_FEATURES & ~BIT(VIRTIO_BLK_F_FLUSH));
	CHECK_EQ(request(VIRTIO_BLK_T_IN, 0, 512, WRITE), VIRTIO_BLK_S_OK);
	CHECK_EQ(seen.flushes, 0);
	CHECK_EQ(request(VIRTIO_BLK_T_OUT, 0, 512, 0), VIRTIO_BLK_S_OK);
	CHECK_EQ(seen.flushes, 1);

	/* It cannot say so afterwards. */
	fresh(ALL_FEATURES);
	accept(BIT(VIRTIO_F_VERSION_1));
	CHECK_EQ(request(VIRTIO_BLK_T_OUT, 0, 512, 0), VIRTIO_BLK_S_OK);
	CHECK_EQ(seen.flushes, 0);
}

static void get_id(void)
{
	fresh(ALL_FEATURES);
	memset(at(char, DATA), POISON, 64);
	CHECK_EQ(request(VIRTIO_BLK_T_GET_ID, 0, 20, WRITE), VIRTIO_BLK_S_OK);
	CHECK_EQ(last_written(), 21);
	CHECK_STR(at(char, DATA), "lkl3");
	CHECK_EQ(*at(uint8_t, DATA + 19), 0);
	CHECK_EQ(*at(uint8_t, DATA + 20), POISON);
	CHECK_EQ(request(VIRTIO_BLK_T_GET_ID, 0, 19, WRITE),
		 VIRTIO_BLK_S_IOERR);
	CHECK_EQ(request(VIRTIO_BLK_T_GET_ID, 0, 512, WRITE),
		 VIRTIO_BLK_S_IOERR);
	CHECK_EQ(request(VIRTIO_BLK_T_GET_ID, 0, 0, 0), VIRTIO_BLK_S_IOERR);
}

static void range(unsigned int i, uint64_t sector, uint32_t count,
		  uint32_t flags)
{
	struct virtio_blk_discard_write_zeroes r = {
		.sector = sector, .num_sectors = count, .flags = flags,
	};

	memcpy(at(char, DATA + i * sizeof(r)), &r, sizeof(r));
}

static void discard(void)
{
	const uint32_t type = VIRTIO_BLK_T_DISCARD;
	unsigned int i;

	fresh(ALL_FEATURES);
	range(0, 8, 16, 0);
	CHECK_EQ(request(type, 0, 16, 0), VIRTIO_BLK_S_OK);
	CHECK_EQ(seen.discards, 1);
	CHECK_EQ(seen.offset, 8 * 512);
	CHECK_EQ(seen.len, 16 * 512);
	for (i = 0; i < 65; i++)
		range(i, i * 8, 8, 0);
	CHECK_EQ(request(type, 0, 64 * 16, 0), VIRTIO_BLK_S_OK);
	CHECK_EQ(seen.discards, 65);
	CHECK_EQ(seen.offset, 63 * 8 * 512);
	CHECK_EQ(request(type, 0, 65 * 16, 0), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(request(type, 0, 15, 0), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(request(type, 0, 17, 0), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(request(type, 0, 16, WRITE), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(seen.discards, 65);
	range(0, 0, 8, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP);
	CHECK_EQ(request(type, 0, 16, 0), VIRTIO_BLK_S_UNSUPP);
	range(0, SECTORS - 1, 2, 0);
	CHECK_EQ(request(type, 0, 16, 0), VIRTIO_BLK_S_IOERR);
	range(0, -1ull, 2, 0);
	CHECK_EQ(request(type, 0, 16, 0), VIRTIO_BLK_S_IOERR);
	range(0, 0, 0xffffffff, 0);
	CHECK_EQ(request(type, 0, 16, 0), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(seen.discards, 65);

	fresh(ALL_FEATURES & ~BIT(VIRTIO_BLK_F_DISCARD));
	range(0, 8, 16, 0);
	CHECK_EQ(request(type, 0, 16, 0), VIRTIO_BLK_S_UNSUPP);
	CHECK_EQ(seen.discards, 0);
}

static void write_zeroes(void)
{
	const uint32_t type = VIRTIO_BLK_T_WRITE_ZEROES;

	fresh(ALL_FEATURES);
	range(0, 3, 5, 0);
	CHECK_EQ(request(type, 0, 16, 0), VIRTIO_BLK_S_OK);
	CHECK_EQ(seen.zeroes, 1);
	CHECK_EQ(seen.unmaps, 0);
	CHECK_EQ(seen.offset, 3 * 512);
	CHECK_EQ(seen.len, 5 * 512);
	range(0, 0, SECTORS, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP);
	CHECK_EQ(request(type, 0, 16, 0), VIRTIO_BLK_S_OK);
	CHECK_EQ(seen.unmaps, 1);
	range(0, 0, 1, 2);
	CHECK_EQ(request(type, 0, 16, 0), VIRTIO_BLK_S_UNSUPP);
	range(0, 1, SECTORS, 0);
	CHECK_EQ(request(type, 0, 16, 0), VIRTIO_BLK_S_IOERR);
	range(0, 0, 1, 0);
	range(1, 0, 1, 0);
	CHECK_EQ(request(type, 0, 32, 0), VIRTIO_BLK_S_IOERR);
	CHECK_EQ(seen.zeroes, 2);
}

/* On a disk where the largest ranges would fit. */
static void longest_ranges(void)
{
	uint32_t discard_max, zeroes_max;

	plug_in(0);
	vmmio_disk_destroy(DISK);
	disk_blk.size = 1ull << 40;
	disk_blk.caps = BLK_CAP_WRITE | BLK_CAP_DISCARD | BLK_CAP_WRITE_ZEROES;
	REQUIRE(!vmmio_disk_create(DISK, &disk_blk, NULL, &memory,
				   raise_irq));
	start(ALL_FEATURES);
	discard_max = CONFIG(max_discard_sectors);
	zeroes_max = CONFIG(max_write_zeroes_sectors);
	range(0, 1, discard_max, 0);
	CHECK_EQ(request(VIRTIO_BLK_T_DISCARD, 0, 16, 0), VIRTIO_BLK_S_OK);
	CHECK_EQ(seen.len, discard_max * 512ull);
	range(0, 1, discard_max + 1, 0);
	CHECK_EQ(request(VIRTIO_BLK_T_DISCARD, 0, 16, 0), VIRTIO_BLK_S_IOERR);
	range(0, 1, zeroes_max, 0);
	CHECK_EQ(request(VIRTIO_BLK_T_WRITE_ZEROES, 0, 16, 0),
		 VIRTIO_BLK_S_OK);
	CHECK_EQ(seen.len, zeroes_max * 512ull);
	range(0, 1, zeroes_max + 1, 0);
	CHECK_EQ(request(VIRTIO_BLK_T_WRITE_ZEROES, 0, 16, 0),
		 VIRTIO_BLK_S_IOERR);
	CHECK_EQ(seen.discards + seen.zeroes, 2);
}

static void unknown_types(void)
{
	static const uint32_t types[] = {
		2, 3, 5, 7, 14, 15, 0x7fffffff, 0x80000000, 0xffffffff,
	};
	unsigned int i;

	fresh(ALL_FEATURES);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		CHECK_EQ(request(types[i], 0, 0, 0), VIRTIO_BLK_S_UNSUPP);
		CHECK_EQ(request(types[i], 0, 512, WRITE),
			 VIRTIO_BLK_S_UNSUPP);
		CHECK_EQ(request(types[i], 0, 512, 0), VIRTIO_BLK_S_UNSUPP);
	}
	CHECK(!broken());
}

/* How a request is split into buffers means nothing. */
static void framing(void)
{
	unsigned int i;

	fresh(ALL_FEATURES);
	/* Header in 16 buffers, the status byte behind the data. */
	header(0, VIRTIO_BLK_T_IN, 2);
	for (i = 0; i < 16; i++)
		set(DESC, i, HEADER + i, 1, NEXT, i + 1);
	set(DESC, 16, DATA, 100, NEXT | WRITE, 17);
	set(DESC, 17, DATA + 100, 413, WRITE, 0);
	*at(uint8_t, DATA + 512) = POISON;
	offer(0);
	kick();
	CHECK_EQ(used->idx, 1);
	CHECK_EQ(last_written(), 513);
	CHECK(!memcmp(at(char, DATA), disk + 1024, 512));
	CHECK_EQ(*at(uint8_t, DATA + 512), VIRTIO_BLK_S_OK);

	/* Header and data in one buffer. */
	header(0, VIRTIO_BLK_T_OUT, 7);
	memset(at(char, HEADER + 16), 0x33, 512);
	set(DESC, 0, HEADER, 16 + 512, NEXT, 1);
	set(DESC, 1, STATUS, 1, WRITE, 0);
	offer(0);
	kick();
	CHECK_EQ(status_of(0), VIRTIO_BLK_S_OK);
	CHECK(!memcmp(disk + 7 * 512, at(char, HEADER + 16), 512));

	/* In a table of its own, as Linux does. */
	header(0, VIRTIO_BLK_T_IN, 1);
	set(TABLE, 0, HEADER, 16, NEXT, 1);
	set(TABLE, 1, DATA, 512, NEXT | WRITE, 2);
	set(TABLE, 2, STATUS, 1, WRITE, 0);
	set(DESC, 200, TABLE, 48, INDIRECT, 0);
	status_of(0) = POISON;
	offer(200);
	kick();
	CHECK_EQ(used->ring[2].id, 200);
	CHECK_EQ(status_of(0), VIRTIO_BLK_S_OK);
	CHECK(!memcmp(at(char, DATA), disk + 512, 512));
}

/* As many segments as the device says it takes. */
static void longest_request(void)
{
	const unsigned int segs = VIRTQ_NUM_MAX - 2;
	unsigned int i;

	fresh(ALL_FEATURES);
	header(0, VIRTIO_BLK_T_IN, 0);
	set(TABLE, 0, HEADER, 16, NEXT, 1);
	for (i = 1; i <= segs; i++)
		set(TABLE, i, DATA + (i - 1) * 4096, 4096, NEXT | WRITE,
		    i + 1);
	set(TABLE, i, STATUS, 1, WRITE, 0);
	set(DESC, 0, TABLE, VIRTQ_NUM_MAX * 16, INDIRECT, 0);
	offer(0);
	kick();
	CHECK_EQ(status_of(0), VIRTIO_BLK_S_OK);
	CHECK_EQ(last_written(), segs * 4096 + 1);
	CHECK(!memcmp(at(char, DATA), disk, segs * 4096));
}

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

/* What came before the broken one is completed and announced. */
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
	memory.base = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(memory.base != MAP_FAILED);

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
	RUN(read_and_write);
	RUN(out_of_range);
	RUN(errors);
	RUN(read_only_disk);
	RUN(flush);
	RUN(write_through);
	RUN(get_id);
	RUN(discard);
	RUN(write_zeroes);
	RUN(longest_ranges);
	RUN(unknown_types);
	RUN(framing);
	RUN(longest_request);
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
