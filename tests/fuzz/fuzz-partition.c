// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz-partition.c - fuzzes how partitions and file systems are chosen.
 *
 * The disk is large and mostly empty.  The input begins with
 *
 *   u8   flags		1: sectors of 4096 bytes; 2: correct the checksums
 *			of GPT; 4: need a file system; the rest: what to choose
 *   u32  length of the disk, in KiB
 *
 * and records follow: an offset (u32), a length (u8) and that many bytes of the
 * disk.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/image/partition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define GPT_ENTRIES_MAX	65536u

static void check(bool cond)
{
	if (!cond)
		abort();
}

/* ---- The disk, as the tools see it through lkl.h ---- */

struct lkl_disk {
	uint64_t size;
	unsigned int sector_size;
	const uint8_t *records;
	size_t len;
	/* The repaired fields, over that. */
	uint64_t patch_at[2];
	uint8_t patch[2][4];
	unsigned int n_patches;
};

uint64_t lkl_disk_size(const struct lkl_disk *disk)
{
	return disk->size;
}

unsigned int lkl_disk_sector_size(const struct lkl_disk *disk)
{
	return disk->sector_size;
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static uint64_t get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

/* The part of @from, @n bytes at @at, that is in @buf, @len bytes at @offset. */
static void overlay(uint8_t *buf, uint64_t len, uint64_t offset,
		    const uint8_t *from, uint64_t n, uint64_t at)
{
	uint64_t start = at > offset ? at : offset;
	uint64_t end = at + n < offset + len ? at + n : offset + len;

	if (start < end)
		memcpy(buf + (start - offset), from + (start - at),
		       end - start);
}

int lkl_disk_read(struct lkl_disk *disk, void *buf, size_t len, uint64_t offset)
{
	const uint8_t *p = disk->records;
	size_t left = disk->len, n;
	unsigned int i;

	if (len > disk->size || offset > disk->size - len)
		return -EIO;
	memset(buf, 0, len);
	while (left > 5) {
		n = p[4] < left - 5 ? p[4] : left - 5;
		overlay(buf, len, offset, p + 5, n, get32(p));
		p += 5 + n;
		left -= 5 + n;
	}
	for (i = 0; i < disk->n_patches; i++)
		overlay(buf, len, offset, disk->patch[i], 4,
			disk->patch_at[i]);
	return 0;
}

/* ---- Checksums of GPT, or else most inputs would end there ---- */

static uint32_t crc32(const uint8_t *p, size_t len)
{
	uint32_t crc = ~0u;
	int i;

	while (len--) {
		crc ^= *p++;
		for (i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void patch(struct lkl_disk *disk, uint64_t at, uint32_t value)
{
	uint8_t *p = disk->patch[disk->n_patches];

	disk->patch_at[disk->n_patches++] = at;
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
	p[2] = (uint8_t)(value >> 16);
	p[3] = (uint8_t)(value >> 24);
}

static void put_right(struct lkl_disk *disk)
{
	static uint8_t entries[GPT_ENTRIES_MAX];
	uint64_t at = disk->sector_size, len;
	uint8_t header[512];

	if (lkl_disk_read(disk, header, sizeof(header), at) ||
	    memcmp(header, "EFI PART", 8))
		return;
	len = (uint64_t)get32(header + 80) * get32(header + 84);
	if (len > sizeof(entries) ||
	    lkl_disk_read(disk, entries, len,
			  get64(header + 72) * disk->sector_size))
		return;
	patch(disk, at + 88, crc32(entries, len));
	lkl_disk_read(disk, header, sizeof(header), at);
	memset(header + 16, 0, 4);
	len = get32(header + 12);
	patch(disk, at + 16, crc32(header, len < 512 ? len : 512));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const choices[] = {
		NULL, NULL, NULL, "1", "2", "0", "LABEL=one", "UUID=12",
		"PARTLABEL=two", "PARTUUID=1-01", "LABEL=", "=", "5",
		"18446744073709551617", "-1", "TYPE=ext4",
	};
	struct lkl_disk disk = { .sector_size = 512 };
	struct partition p, untouched;
	struct lkl_error err = { "" };
	int ret;

	if (size < 5)
		return 0;
	if (data[0] & 1)
		disk.sector_size = 4096;
	disk.size = (uint64_t)get32(data + 1) * 1024;
	disk.size -= disk.size % disk.sector_size;
	if (!disk.size)
		return 0;
	disk.records = data + 5;
	disk.len = size - 5;
	if (data[0] & 2)
		put_right(&disk);
	memset(&p, 0x5a, sizeof(p));
	untouched = p;
	ret = partition_choose(&disk, choices[data[0] >> 4], data[0] & 4, &p,
			       &err);
	if (ret) {
		check(ret < 0 && err.text[0]);
		check(!memcmp(&p, &untouched, sizeof(p)));
		return 0;
	}
	/* Within the disk, whatever the table says. */
	check(p.offset <= disk.size && p.size <= disk.size - p.offset);
	check(memchr(p.uuid, 0, sizeof(p.uuid)) &&
	      memchr(p.name, 0, sizeof(p.name)) &&
	      memchr(p.probe.type, 0, sizeof(p.probe.type)) &&
	      memchr(p.probe.label, 0, sizeof(p.probe.label)) &&
	      memchr(p.probe.uuid, 0, sizeof(p.probe.uuid)));
	return 0;
}

#include "replay.h"
