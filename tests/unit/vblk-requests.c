// SPDX-License-Identifier: GPL-2.0-only
/*
 * vblk-requests.c - tests of the requests of the block device: data, status and
 * errors.
 */
#define _GNU_SOURCE 1

#include "vblk-driver.h"

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
				   &host));
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

int main(void)
{
	begin();

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
	vmmio_disk_destroy(DISK);
	return unit_exit();
}
