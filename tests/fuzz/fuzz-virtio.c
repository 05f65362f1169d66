// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz-virtio.c - fuzzes the device side of virtio-blk: a hostile driver.
 *
 * The input is a program for a small machine.  Its instructions access registers
 * and change the driver's memory.  Some instructions set up plausible rings and
 * requests, as most inputs would end at the first check otherwise.  The driver's
 * memory is a heap block, so that AddressSanitizer sees every access outside of
 * it.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_ring.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arch/include/asm/host_ops.h"
#include "blk/blk.h"
#include "host/virtio.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY_SIZE	0x10000u
#define DISK_SIZE	0x8000u

static struct virtio_memory memory = { .size = MEMORY_SIZE };
static const char zeroes[DISK_SIZE];
static char *disk;

/* ---- The disk: as struct blk says, transfers are within its size ---- */

static void check(bool cond)
{
	if (!cond)
		abort();
}

/* Buffers are the driver's, but for the zeroes that blk.c writes. */
static bool is_drivers(const struct iovec *iov)
{
	const char *base = iov->iov_base, *start = memory.base;

	return base >= start && base + iov->iov_len <= start + MEMORY_SIZE;
}

static int disk_rw(struct blk *blk, const struct iovec *iov, int n,
		   uint64_t offset, bool write)
{
	int i;

	check(n >= 0 && n <= (int)VIRTQ_NUM_MAX);
	for (i = 0; i < n; i++) {
		check(iov[i].iov_len && offset <= blk->size &&
		      iov[i].iov_len <= blk->size - offset);
		check(is_drivers(&iov[i]) ||
		      (write && !memcmp(iov[i].iov_base, zeroes,
					iov[i].iov_len)));
		if (write)
			memmove(disk + offset, iov[i].iov_base,
				iov[i].iov_len);
		else
			memmove(iov[i].iov_base, disk + offset,
				iov[i].iov_len);
		offset += iov[i].iov_len;
	}
	return 0;
}

static int disk_preadv(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset)
{
	return disk_rw(blk, iov, n, offset, false);
}

static int disk_pwritev(struct blk *blk, const struct iovec *iov, int n,
			uint64_t offset)
{
	return disk_rw(blk, iov, n, offset, true);
}

/* Some wait, and so are done by another thread. */
static int disk_preadv_nowait(struct blk *blk, const struct iovec *iov, int n,
			      uint64_t offset)
{
	return offset / 512 % 8 == 7 ? -EAGAIN :
	       disk_rw(blk, iov, n, offset, false);
}

static int disk_pwritev_nowait(struct blk *blk, const struct iovec *iov, int n,
			       uint64_t offset)
{
	return offset / 512 % 8 == 7 ? -EAGAIN :
	       disk_rw(blk, iov, n, offset, true);
}

static int disk_flush(struct blk *blk)
{
	(void)blk;
	return 0;
}

static int disk_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	check(len && offset <= blk->size && len <= blk->size - offset);
	memset(disk + offset, 0xdd, len);
	return 0;
}

/* Unmapping is "not supported", so that zeroes are written as well. */
static int disk_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
			     bool may_unmap)
{
	check(len && offset <= blk->size && len <= blk->size - offset);
	if (may_unmap)
		return -EOPNOTSUPP;
	memset(disk + offset, 0, len);
	return 0;
}

static const struct blk_ops disk_ops = {
	.name = "memory",
	.preadv = disk_preadv,
	.pwritev = disk_pwritev,
	.flush = disk_flush,
	.discard = disk_discard,
	.write_zeroes = disk_write_zeroes,
	.preadv_nowait = disk_preadv_nowait,
	.pwritev_nowait = disk_pwritev_nowait,
};

static struct blk disk_blk = {
	.ops = &disk_ops,
	.size = DISK_SIZE,
	.sector_size = 512,
	.physical_size = 4096,
	.caps = BLK_CAP_WRITE | BLK_CAP_DISCARD | BLK_CAP_WRITE_ZEROES,
};

static void raise_irq(struct vcpu *vcpu, unsigned int irq)
{
	(void)vcpu;
	check(irq == LKL_IRQ_DISK0);
}

static const struct virtio_host host = { .raise = raise_irq };

/* ---- The machine ---- */

static void poke(uint64_t addr, const void *from, size_t len)
{
	if (addr < MEMORY_SIZE && len <= MEMORY_SIZE - addr)
		memcpy((char *)memory.base + addr, from, len);
}

static void wr(unsigned int offset, uint32_t value)
{
	vmmio_write(0, offset, 4, value);
}

#define DESC	0x0000u
#define AVAIL	0x1000u
#define USED	0x1400u
#define TABLE	0x2000u		/* and all that lies behind it */

static void start(struct input *in)
{
	uint64_t features = take(in, 5) | 1ull << VIRTIO_F_VERSION_1;

	wr(VIRTIO_MMIO_STATUS, 0);
	wr(VIRTIO_MMIO_STATUS, 3);
	wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	features &= 0xffffffff00000000ull |
		    vmmio_read(0, VIRTIO_MMIO_DEVICE_FEATURES, 4);
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, 1);
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, features);
	wr(VIRTIO_MMIO_STATUS, 11);
	wr(VIRTIO_MMIO_QUEUE_NUM, 1u << take(in, 1) % 9);
	wr(VIRTIO_MMIO_QUEUE_DESC_LOW, DESC);
	wr(VIRTIO_MMIO_QUEUE_AVAIL_LOW, AVAIL);
	wr(VIRTIO_MMIO_QUEUE_USED_LOW, USED);
	wr(VIRTIO_MMIO_QUEUE_READY, 1);
	wr(VIRTIO_MMIO_STATUS, 15);
}

static void descriptor(struct input *in, uint64_t table, bool wide)
{
	uint64_t at = table + take(in, 1) * sizeof(struct vring_desc);
	struct vring_desc d = {
		.addr = take(in, wide ? 8 : 2),
		.len = take(in, wide ? 4 : 2),
		.flags = take(in, 1),
		.next = take(in, wide ? 2 : 1),
	};

	poke(at, &d, sizeof(d));
}

static void request(struct input *in)
{
	static const uint32_t types[] = {
		VIRTIO_BLK_T_IN, VIRTIO_BLK_T_OUT, VIRTIO_BLK_T_FLUSH,
		VIRTIO_BLK_T_GET_ID, VIRTIO_BLK_T_DISCARD,
		VIRTIO_BLK_T_WRITE_ZEROES, VIRTIO_BLK_T_SECURE_ERASE, 77,
	};
	uint16_t addr = take(in, 2);
	struct virtio_blk_outhdr header = {
		.type = types[take(in, 1) % 8],
		.sector = take(in, 1),
	};

	poke(addr, &header, sizeof(header));
}

/* The ranges that a discard reads behind its header. */
static void range(struct input *in)
{
	uint16_t addr = take(in, 2);
	struct virtio_blk_discard_write_zeroes r = {
		.sector = take(in, 1),
		.num_sectors = take(in, 1),
		.flags = take(in, 1) & 3,
	};

	poke(addr, &r, sizeof(r));
}

/* A request of the usual form, and its place in the ring. */
static void usual(struct input *in)
{
	unsigned int d = take(in, 1) % 64 * 4;
	struct vring_desc chain[3] = {
		{ .addr = take(in, 2), .len = 16, .flags = 1, .next = d + 1 },
		{ .addr = take(in, 2), .len = take(in, 1) * 4,
		  .flags = 1 | (take(in, 1) & 2), .next = d + 2 },
		{ .addr = take(in, 2), .len = 1, .flags = 2 },
	};

	poke(DESC + d * sizeof(chain[0]), chain, sizeof(chain));
}

static void offer(struct input *in)
{
	uint16_t *avail = (uint16_t *)((char *)memory.base + AVAIL);
	uint16_t head = take(in, 1);
	unsigned int mask = (1u << take(in, 1) % 9) - 1;

	avail[2 + (avail[1] & mask)] = head;
	avail[1]++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int offset;
	uint8_t byte;

	if (!memory.base) {
		memory.base = aligned_alloc(4096, MEMORY_SIZE);
		disk = malloc(DISK_SIZE);
		check(memory.base && disk);
		check(!vmmio_disk_create(0, &disk_blk, NULL, &memory, &host));
	}
	wr(VIRTIO_MMIO_STATUS, 0);
	memset(memory.base, 0, MEMORY_SIZE);
	for (offset = 0; offset < DISK_SIZE; offset += 512)
		memset(disk + offset, offset / 512, 512);

	while (in.size) {
		switch (take(&in, 1) % 14) {
		case 0:
			offset = take(&in, 1) * 4;
			wr(offset, take(&in, 4));
			break;
		case 1:
			offset = take(&in, 2);
			vmmio_read(take(&in, 1) & 1, offset, take(&in, 1));
			break;
		case 2:
			offset = take(&in, 2);
			byte = take(&in, 1);
			poke(offset, &byte, 1);
			break;
		case 3:
			start(&in);
			break;
		case 4:
			descriptor(&in, DESC, false);
			break;
		case 5:
			descriptor(&in, DESC, true);
			break;
		case 6:
			descriptor(&in, TABLE, false);
			break;
		case 7:
			descriptor(&in, TABLE, true);
			break;
		case 8:
			request(&in);
			break;
		case 9:
			range(&in);
			break;
		case 10:
			usual(&in);
			break;
		case 11:
			offer(&in);
			break;
		case 12:
			wr(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
			vmmio_disk_quiesce(0);
			break;
		case 13:
			offset = take(&in, 2);
			if (offset < DISK_SIZE)
				disk[offset] = take(&in, 1);
			break;
		}
	}
	/* Waits for what is under way. */
	wr(VIRTIO_MMIO_STATUS, 0);
	return 0;
}

#include "replay.h"
