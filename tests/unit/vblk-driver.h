/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vblk-driver.h - drives the block device as a kernel would.
 *
 * The disk is an array in memory whose operations are counted and can fail.
 */
#ifndef TESTS_UNIT_VBLK_DRIVER_H
#define TESTS_UNIT_VBLK_DRIVER_H

#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_ring.h>
#include <stdint.h>
#include <sys/mman.h>

#include "arch/include/asm/host_ops.h"
#include "blk/blk.h"
#include "host/virtio.h"
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

static inline int disk_rw(const struct iovec *iov, int n, uint64_t offset, bool write)
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

static inline int disk_preadv(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset)
{
	(void)blk;
	seen.reads++;
	return disk_rw(iov, n, offset, false);
}

static inline int disk_pwritev(struct blk *blk, const struct iovec *iov, int n,
			uint64_t offset)
{
	(void)blk;
	seen.writes++;
	return disk_rw(iov, n, offset, true);
}

static inline int disk_flush(struct blk *blk)
{
	(void)blk;
	seen.flushes++;
	return seen.error;
}

static inline int disk_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	(void)blk;
	seen.discards++;
	seen.offset = offset;
	seen.len = len;
	return seen.error;
}

static inline int disk_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
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

static inline void raise_irq(struct vcpu *vcpu, unsigned int irq)
{
	(void)vcpu;
	REQUIRE(irq < LKL_NR_IRQS);
	raised[irq]++;
}

static const struct virtio_host host = { .raise = raise_irq };

static inline uint32_t rd(unsigned int offset)
{
	return vmmio_read(DISK, offset, 4);
}

static inline void wr(unsigned int offset, uint32_t value)
{
	vmmio_write(DISK, offset, 4, value);
}

static inline uint64_t config(unsigned int offset, unsigned int size)
{
	return vmmio_read(DISK, VIRTIO_MMIO_CONFIG + offset, size);
}

#define CONFIG(field)							\
	config(offsetof(struct virtio_blk_config, field),		\
	       sizeof(((struct virtio_blk_config *)0)->field))

static inline uint64_t offered(void)
{
	uint64_t features;

	wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	features = (uint64_t)rd(VIRTIO_MMIO_DEVICE_FEATURES) << 32;
	wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	return features | rd(VIRTIO_MMIO_DEVICE_FEATURES);
}

static inline void accept(uint64_t features)
{
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, features >> 32);
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, features);
}

static inline void set_queue(uint64_t desc, uint64_t avail_at, uint64_t used_at)
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

/* Finds the device and uses @features of it, as a driver does. */
static inline void start(uint64_t features)
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

static inline void plug_in(unsigned int caps)
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
				   &host));
}

static inline void fresh(uint64_t features)
{
	plug_in(BLK_CAP_WRITE | BLK_CAP_DISCARD | BLK_CAP_WRITE_ZEROES);
	start(features);
}

static inline void set(uint64_t table, unsigned int i, uint64_t addr, uint32_t len,
		uint16_t flags, uint16_t next)
{
	struct vring_desc d = {
		.addr = addr, .len = len, .flags = flags, .next = next,
	};

	memcpy(at(char, table + i * sizeof(d)), &d, sizeof(d));
}

static inline void offer(uint16_t head)
{
	avail->ring[avail->idx % num] = head;
	avail->idx++;
}

static inline void kick(void)
{
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	vmmio_disk_quiesce(DISK);
}

static inline void header(unsigned int i, uint32_t type, uint64_t sector)
{
	struct virtio_blk_outhdr h = { .type = type, .sector = sector };

	memcpy(at(char, HEADER + i * sizeof(h)), &h, sizeof(h));
}

/*
 * Request number @i: header, @len bytes at @data if any, status.  Takes
 * three descriptors from 3 * @i.
 */
static inline void prepare(unsigned int i, uint32_t type, uint64_t sector,
		    uint64_t data, uint32_t len, uint16_t data_flags)
{
	unsigned int d = 3 * i;

	header(i, type, sector);
	status_of(i) = POISON;
	set(DESC, d, HEADER + 16 * i, 16, NEXT, len ? d + 1 : d + 2);
	set(DESC, d + 1, data, len, data_flags | NEXT, d + 2);
	set(DESC, d + 2, STATUS + i, 1, WRITE, 0);
}

static inline uint8_t request(uint32_t type, uint64_t sector, uint32_t len,
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

static inline uint32_t last_written(void)
{
	return used->ring[(uint16_t)(used->idx - 1) % num].len;
}

static inline bool broken(void)
{
	return rd(VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

static inline void begin(void)
{
	memory.base = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(memory.base != MAP_FAILED);
}

#endif /* TESTS_UNIT_VBLK_DRIVER_H */
