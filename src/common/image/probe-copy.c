// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe-copy.c - the parts of a disk that libblkid looks at, as a file.
 *
 * Most is at the beginning and at the end.  Some file systems keep their
 * label, or what tells them from others, where their first sector says; some
 * partition tables are chains.  These are followed here, within bounds: the
 * disk may hold anything.  Nothing is judged here, that is libblkid's work.
 */
#define _GNU_SOURCE 1

#include "probe-copy.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"

/* The last superblock that libblkid looks for begins at 1 MiB. */
#define HEAD_SIZE	((1u << 20) + (256u << 10))
/* UDF has an anchor 256 blocks, of up to 4 KiB, before the end; some RAIDs. */
#define TAIL_SIZE	((1u << 20) + (768u << 10))
/* What is followed: some blocks, records or directory entries. */
#define FOLLOW_SIZE	(256u << 10)
/* At the start of a partition, where another table may be. */
#define NESTED_SIZE	(64u << 10)
/* Links of a chain of logical partitions: more than the kernel reads. */
#define CHAIN_MAX	256

/* Read at once: it may be far away. */
#define COPY_SIZE	(1u << 20)
#define ZERO_UNIT	4096u

struct sample {
	struct lkl_disk *disk;
	uint64_t offset, size;		/* of the part of the disk */
	int fd;
	char *buf;			/* COPY_SIZE bytes */
};

static bool is_zero(const char *p, size_t len)
{
	return !len || (!p[0] && !memcmp(p, p + 1, len - 1));
}

/* Zeroes are not written: that would take memory. */
static int put(struct sample *s, size_t len, uint64_t at)
{
	size_t done, n;

	for (done = 0; done < len; done += n) {
		n = len - done < ZERO_UNIT ? len - done : ZERO_UNIT;
		if (is_zero(s->buf + done, n))
			continue;
		if (pwrite(s->fd, s->buf + done, n, (off_t)(at + done)) !=
		    (ssize_t)n)
			return -errno;
	}
	return 0;
}

/* Copy what there is of a range; @at comes from anywhere. */
static int copy(struct sample *s, uint64_t at, uint64_t len)
{
	size_t n;
	int ret;

	if (at >= s->size)
		return 0;
	if (len > s->size - at)
		len = s->size - at;
	for (; len; len -= n, at += n) {
		n = len < COPY_SIZE ? len : COPY_SIZE;
		ret = lkl_disk_read(s->disk, s->buf, n, s->offset + at);
		if (!ret)
			ret = put(s, n, at);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Bytes @at of the disk, zeroes where it ends. */
static int look(struct sample *s, void *buf, size_t len, uint64_t at)
{
	memset(buf, 0, len);
	if (at >= s->size)
		return 0;
	if (len > s->size - at)
		len = s->size - at;
	return lkl_disk_read(s->disk, buf, len, s->offset + at);
}

static unsigned int get16(const unsigned char *p)
{
	return p[0] | p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return le32toh(value);
}

static uint64_t get64(const unsigned char *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static uint32_t get32_be(const unsigned char *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return be32toh(value);
}

/* Copy what begins @block blocks after @base. */
static int follow(struct sample *s, uint64_t base, uint64_t block,
		  uint64_t block_size)
{
	uint64_t at;

	if (__builtin_mul_overflow(block, block_size, &at) ||
	    __builtin_add_overflow(at, base, &at))
		return 0;
	return copy(s, at, FOLLOW_SIZE);
}

/* The master file table: libblkid wants to see that it is there. */
static int follow_ntfs(struct sample *s, const unsigned char *boot)
{
	unsigned int sectors = boot[13];

	/* Either so many, or two to the power of minus it. */
	if (sectors > 128)
		sectors = sectors >= 232 ? 1u << (256 - sectors) : 0;
	return follow(s, 0, get64(boot + 48),
		      (uint64_t)get16(boot + 11) * sectors);
}

/* The root directory has the label. */
static int follow_fat32(struct sample *s, const unsigned char *boot)
{
	uint64_t sector = get16(boot + 11), reserved = get16(boot + 14);
	uint64_t data = (reserved + (uint64_t)boot[16] * get32(boot + 36)) *
			sector;
	uint32_t root = get32(boot + 44);
	int ret;

	ret = follow(s, reserved * sector, root / 128, 512);
	if (ret < 0 || root < 2)
		return ret;
	return follow(s, data, root - 2, boot[13] * sector);
}

static int follow_exfat(struct sample *s, const unsigned char *boot)
{
	uint32_t root = get32(boot + 96);
	unsigned int sector = boot[108], cluster = boot[109];
	int ret;

	if (sector > 12 || cluster > 25 || root < 2)
		return 0;
	ret = follow(s, (uint64_t)get32(boot + 80) << sector, root / 128, 512);
	if (ret < 0)
		return ret;
	return follow(s, (uint64_t)get32(boot + 88) << sector, root - 2,
		      1ull << (sector + cluster));
}

/* The catalog has the label. */
static int follow_hfsplus(struct sample *s, const unsigned char *header)
{
	return follow(s, 0, get32_be(header + 288), get32_be(header + 40));
}

/* The anchor says where the volume's descriptors are. */
static int follow_udf(struct sample *s)
{
	unsigned char anchor[32];
	unsigned int size;
	int ret;

	for (size = 512; size <= 4096; size *= 2) {
		ret = look(s, anchor, sizeof(anchor), 256ull * size);
		if (ret < 0)
			return ret;
		/* Tag 2, in block 256. */
		if (get16(anchor) != 2 || get32(anchor + 12) != 256)
			continue;
		ret = follow(s, 0, get32(anchor + 20), size);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int follow_all(struct sample *s)
{
	unsigned char boot[512], header[512];
	int ret;

	ret = look(s, boot, sizeof(boot), 0);
	if (!ret)
		ret = look(s, header, sizeof(header), 1024);
	if (ret < 0)
		return ret;
	if (!memcmp(boot + 3, "NTFS    ", 8))
		return follow_ntfs(s, boot);
	if (!memcmp(boot + 3, "EXFAT   ", 8))
		return follow_exfat(s, boot);
	/* No FAT has sectors of zero bytes, nor 16 bits in its size. */
	if (boot[510] == 0x55 && boot[511] == 0xaa && boot[13] &&
	    get16(boot + 11) && !get16(boot + 22))
		return follow_fat32(s, boot);
	if (!memcmp(header, "H+", 2) || !memcmp(header, "HX", 2))
		return follow_hfsplus(s, header);
	return follow_udf(s);
}

static bool is_extended(unsigned int type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

static bool is_mbr(const unsigned char *sector)
{
	return sector[510] == 0x55 && sector[511] == 0xaa;
}

/* The first sector of each logical partition points to the next. */
static int follow_chain(struct sample *s, uint64_t first, unsigned int unit)
{
	unsigned char sector[512];
	uint64_t at = first;
	int i, n, ret;

	for (n = 0; n < CHAIN_MAX; n++) {
		ret = copy(s, at * unit, unit);
		if (!ret)
			ret = look(s, sector, sizeof(sector), at * unit);
		if (ret < 0)
			return ret;
		if (!is_mbr(sector))
			return 0;
		for (i = 0; i < 4; i++)
			if (is_extended(sector[446 + 16 * i + 4]))
				break;
		if (i == 4)
			return 0;
		at = first + get32(sector + 446 + 16 * i + 8);
	}
	return 0;
}

static int follow_partitions(struct sample *s)
{
	unsigned int unit = lkl_disk_sector_size(s->disk), i;
	unsigned char sector[512], *entry;
	int ret;

	ret = look(s, sector, sizeof(sector), 0);
	if (ret < 0 || !is_mbr(sector))
		return ret;
	for (i = 0; i < 4; i++) {
		entry = sector + 446 + 16 * i;
		if (!entry[4])
			continue;
		if (is_extended(entry[4]))
			ret = follow_chain(s, get32(entry + 8), unit);
		else
			ret = copy(s, (uint64_t)get32(entry + 8) * unit,
				   NESTED_SIZE);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int take_sample(struct lkl_disk *disk, uint64_t offset, uint64_t size,
		       int (*follow_what)(struct sample *s),
		       struct lkl_error *err)
{
	cleanup_free char *buf = malloc(COPY_SIZE);
	cleanup_close int fd = -1;
	struct sample s = {
		.disk = disk, .offset = offset, .size = size, .buf = buf,
	};
	int ret;

	if (!buf)
		return error_no_memory(err);
	fd = memfd_create("sample", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return error_set(err, -errno, "cannot make a file in memory: %s",
				 strerror(errno));
	s.fd = fd;
	ret = copy(&s, 0, HEAD_SIZE);
	if (!ret && size > HEAD_SIZE)
		ret = copy(&s, size > HEAD_SIZE + TAIL_SIZE ?
			   size - TAIL_SIZE : HEAD_SIZE, TAIL_SIZE);
	if (!ret)
		ret = follow_what(&s);
	if (ret < 0)
		return error_set(err, ret, "cannot read: %s", strerror(-ret));
	fd = -1;
	return s.fd;
}

int sample_filesystem(struct lkl_disk *disk, uint64_t offset, uint64_t size,
		      struct lkl_error *err)
{
	return take_sample(disk, offset, size, follow_all, err);
}

static int follow_disk(struct sample *s)
{
	int ret = follow_all(s);

	return ret < 0 ? ret : follow_partitions(s);
}

int sample_disk(struct lkl_disk *disk, struct lkl_error *err)
{
	return take_sample(disk, 0, lkl_disk_size(disk), follow_disk, err);
}
