/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qcow2-model.h - a sound qcow2 image for fuzz-qcow2.c, and a model of what
 * its guest's disk holds.
 *
 * The image is built from the format's specification, without the driver's
 * code.  After the operations of the input the disk must hold what the model
 * holds, an internal snapshot must be as it was, and no cluster may have
 * fewer counts than references.
 */
#ifndef TESTS_FUZZ_QCOW2_MODEL_H
#define TESTS_FUZZ_QCOW2_MODEL_H

#include <endian.h>

#define MODEL_DISK_MAX	(256u << 10)
#define MODEL_COPIED	(1ull << 63)
#define MODEL_OFFSETS	0x00fffffffffffe00ull

static struct {
	bool on;
	uint64_t size;
	uint8_t disk[MODEL_DISK_MAX];
	bool known[MODEL_DISK_MAX];
	uint8_t fill;			/* of the latest write */
	unsigned int cluster_bits, refcount_order;
	bool extended, snapshot;
	/* The expected L1 table, L2 table and data cluster of the snapshot. */
	uint64_t kept[3];		/* offsets; 0: none */
	uint8_t kept_bytes[3][64 << 10];
} model;

/* ---- What the disk holds ---- */

static void model_fill(uint8_t *buf, uint64_t len)
{
	memset(buf, ++model.fill, len);
}

static void model_forget(uint64_t offset, uint64_t len)
{
	if (model.on)
		memset(model.known + offset, false, len);
}

static void model_write(const uint8_t *buf, uint64_t offset, uint64_t len,
			int ret)
{
	if (!model.on)
		return;
	memcpy(model.disk + offset, buf, len);
	memset(model.known + offset, !ret, len);
}

static void model_zero(uint64_t offset, uint64_t len, int ret)
{
	if (!model.on)
		return;
	memset(model.disk + offset, 0, len);
	memset(model.known + offset, !ret, len);
}

static void model_check(const uint8_t *buf, uint64_t offset, uint64_t len)
{
	uint64_t i;

	if (!model.on || !memcmp(model.disk + offset, buf, len))
		return;
	for (i = 0; i < len; i++)
		check(!model.known[offset + i] ||
		      model.disk[offset + i] == buf[i]);
}

static void model_check_all(struct blk *blk)
{
	static uint8_t buf[MODEL_DISK_MAX];
	unsigned int i;

	check(blk->size == model.size);
	check(!blk_pread(blk, buf, model.size, 0));
	model_check(buf, 0, model.size);
	for (i = 0; i < 3; i++)
		check(!model.kept[i] ||
		      !memcmp(bytes + model.kept[i], model.kept_bytes[i],
			      1u << model.cluster_bits));
}

/* ---- The image ---- */

static void put32(uint64_t at, uint32_t value)
{
	value = htobe32(value);
	memcpy(bytes + at, &value, 4);
}

static void put64(uint64_t at, uint64_t value)
{
	value = htobe64(value);
	memcpy(bytes + at, &value, 8);
}

static uint64_t get64(uint64_t at)
{
	uint64_t value;

	check(at <= ROOM - 8);
	memcpy(&value, bytes + at, 8);
	return be64toh(value);
}

/* In the first refcount block, at cluster 2. */
static void set_count(uint64_t cluster, uint64_t count)
{
	uint64_t block = 2ull << model.cluster_bits, at;
	unsigned int bits = 1u << model.refcount_order, i;

	if (bits < 8) {
		at = block + cluster * bits / 8;
		bytes[at] |= (uint8_t)(count << cluster * bits % 8);
		return;
	}
	at = block + cluster * bits / 8;
	for (i = 0; i < bits / 8; i++)
		bytes[at + i] = (uint8_t)(i + 8 >= bits / 8 ?
				count >> 8 * (bits / 8 - 1 - i) : 0);
}

static void keep_cluster(unsigned int i, uint64_t offset)
{
	model.kept[i] = offset;
	memcpy(model.kept_bytes[i], bytes + offset, 1u << model.cluster_bits);
}

/*
 * Clusters: 0 header, 1 refcount table, 2 refcount block, 3 L1 table, 4 L2
 * table, 5 data of guest cluster 0, 6 L1 table of a snapshot, 7 its entry.
 * The input gives: u8 log2 of the cluster size, u8 refcount order and 0x80 for
 * version 2 and 0x40 for extended entries and 0x20 for a snapshot, u16 size of
 * the disk in sectors, u8 clusters that the zeroed space behind is long.
 */
static uint64_t make_sound_image(struct input *in)
{
	unsigned int bits = 9 + (unsigned int)take(in, 1) % 8;
	unsigned int kinds = (unsigned int)take(in, 1);
	uint64_t sectors = take(in, 2), more = take(in, 1) % 16;
	bool v2 = kinds & 0x80;
	uint64_t c, l2_entry, n = 8, i;

	model.extended = (kinds & 0x40) && !v2;
	if (model.extended && bits < 14)
		bits = 14;
	model.cluster_bits = bits;
	model.refcount_order = v2 ? 4 : kinds % 7;
	model.snapshot = (kinds & 0x20) && model.refcount_order;
	c = 1ull << bits;
	model.size = (sectors % (MODEL_DISK_MAX / 512) + 1) * 512;

	mark_dirty(0, (n + more) * c);
	put32(0, 0x514649fb);
	put32(4, v2 ? 2 : 3);
	put32(20, bits);
	put64(24, model.size);
	put32(36, (uint32_t)((model.size >> (bits - 3 + bits -
		  model.extended)) + 1));
	put64(40, 3 * c);
	put64(48, c);
	put32(56, 1);
	if (!v2) {
		put64(72, model.extended ? 1u << 4 : 0);
		put32(96, model.refcount_order);
		put32(100, 104);
	}
	put64(c, 2 * c);
	put64(3 * c, 4 * c | (model.snapshot ? 0 : MODEL_COPIED));
	l2_entry = 5 * c | (model.snapshot ? 0 : MODEL_COPIED);
	put64(4 * c, l2_entry);
	if (model.extended)
		put64(4 * c + 8, 0xffffffff);
	memset(bytes + 5 * c, 'd', c);
	for (i = 0; i < 6; i++)
		set_count(i, model.snapshot && i >= 4 ? 2 : 1);
	memset(model.kept, 0, sizeof(model.kept));
	if (model.snapshot) {
		put32(60, 1);
		put64(64, 7 * c);
		put64(6 * c, 4 * c);
		put64(7 * c, 6 * c);
		put32(7 * c + 8, 1);
		put32(7 * c + 36, 16);
		put64(7 * c + 48, model.size);
		set_count(6, 1);
		set_count(7, 1);
		keep_cluster(0, 6 * c);
		keep_cluster(1, 4 * c);
		keep_cluster(2, 5 * c);
	}
	memset(model.disk, 0, model.size);
	memset(model.disk, 'd', model.size < c ? model.size : c);
	memset(model.known, true, model.size);
	return (n + more) * c;
}

/* ---- Afterwards ---- */

static uint64_t count_of(uint64_t cluster)
{
	unsigned int bits = model.cluster_bits, order = model.refcount_order;
	unsigned int in_block = bits + 3 - order, width = 1u << order, i;
	uint64_t table = get64(48), block, at, value = 0;
	uint64_t index = cluster >> in_block;
	uint32_t clusters;

	memcpy(&clusters, bytes + 56, 4);
	check(index < ((uint64_t)be32toh(clusters) << bits) / 8);
	block = get64(table + index * 8);
	if (!block)
		return 0;
	cluster &= (1ull << in_block) - 1;
	at = block + cluster * width / 8;
	if (width < 8)
		return bytes[at] >> cluster * width % 8 & ((1u << width) - 1);
	for (i = 0; i < width / 8; i++)
		value = value << 8 | bytes[at + i];
	return value;
}

static uint8_t references[ROOM / 512];

static void refer(uint64_t offset)
{
	check(!(offset & ((1ull << model.cluster_bits) - 1)) &&
	      offset < ROOM);
	references[offset >> model.cluster_bits]++;
}

static void refer_l1(uint64_t l1, uint32_t entries)
{
	uint64_t table, entry, step = model.extended ? 16 : 8, i, at;

	for (i = 0; i < entries; i++) {
		table = get64(l1 + i * 8) & MODEL_OFFSETS;
		if (!table)
			continue;
		refer(table);
		for (at = 0; at < 1ull << model.cluster_bits; at += step) {
			entry = get64(table + at) & MODEL_OFFSETS;
			if (entry)
				refer(entry);
		}
	}
}

/* A count may be too high after a failure, but never too low. */
static void check_refcounts(void)
{
	uint32_t entries;
	size_t i;

	memset(references, 0, sizeof(references));
	refer(0);
	refer(get64(48));
	memcpy(&entries, bytes + 36, 4);
	refer(get64(40));
	refer_l1(get64(40), be32toh(entries));
	if (model.snapshot) {
		refer(6ull << model.cluster_bits);
		refer(7ull << model.cluster_bits);
		refer_l1(6ull << model.cluster_bits, 1);
	}
	for (i = 0; i < ROOM >> model.cluster_bits; i++)
		check(!references[i] || references[i] <= count_of(i));
}

#endif /* TESTS_FUZZ_QCOW2_MODEL_H */
