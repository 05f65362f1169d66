// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe-copy.c - copy the parts of a disk that libblkid reads into a file in
 * memory.
 *
 * Most signatures are near the beginning and the end of a disk.  Some file
 * systems keep their label, or a second signature, in a place that their first
 * sector names, and logical partitions form a chain.  This file follows such
 * pointers with bounds, since the disk may hold anything.  libblkid alone
 * judges the bytes.
 */
#define _GNU_SOURCE 1

#include "probe-copy.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/byte-order.h"
#include "common/cleanup.h"
#include "common/error.h"
#include "common/zeroes.h"

/* The farthest superblock that libblkid reads begins at 1 MiB. */
#define HEAD_SIZE	((1u << 20) + (256u << 10))
/* UDF has an anchor 256 blocks of up to 4 KiB before the end. */
#define TAIL_SIZE	((1u << 20) + (768u << 10))
/* Copied behind a pointer: some blocks, records or directory entries. */
#define FOLLOW_SIZE	(256u << 10)
/* Copied at the start of a partition: it may hold another table. */
#define NESTED_SIZE	(64u << 10)
/* Logical partitions followed; the kernel reads fewer. */
#define CHAIN_MAX	256

/* One read: the disk may be remote and each read slow. */
#define COPY_SIZE	(1u << 20)
#define ZERO_UNIT	4096u

/* Linux 6.3; older headers of libc's lack it. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL	0x0008u
#endif

struct probe_copy {
	const struct probe_source *source;
	uint64_t offset, size;		/* of the part of the source */
	int fd;
	char *buf;			/* COPY_SIZE bytes */
};

/* Zeroes stay holes, which take no memory. */
static int write_data(struct probe_copy *s, size_t len, uint64_t at)
{
	size_t done, n;

	for (done = 0; done < len; done += n) {
		n = len - done < ZERO_UNIT ? len - done : ZERO_UNIT;
		if (is_all_zero(s->buf + done, n))
			continue;
		if (pwrite(s->fd, s->buf + done, n, (off_t)(at + done)) !=
		    (ssize_t)n)
			return -errno;
	}
	return 0;
}

/* Copy the part of a range that is on the disk; @at is not trusted. */
static int copy_range(struct probe_copy *s, uint64_t at, uint64_t len)
{
	size_t n;
	int ret;

	if (at >= s->size)
		return 0;
	if (len > s->size - at)
		len = s->size - at;
	for (; len; len -= n, at += n) {
		n = len < COPY_SIZE ? len : COPY_SIZE;
		ret = s->source->read(s->source->opaque, s->buf, n,
				      s->offset + at);
		if (!ret)
			ret = write_data(s, n, at);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Read bytes of the disk; bytes past its end are zeroes. */
static int read_disk(struct probe_copy *s, void *buf, size_t len, uint64_t at)
{
	memset(buf, 0, len);
	if (at >= s->size)
		return 0;
	if (len > s->size - at)
		len = s->size - at;
	return s->source->read(s->source->opaque, buf, len, s->offset + at);
}

/* Copy FOLLOW_SIZE bytes, beginning @block blocks after @base. */
static int copy_block(struct probe_copy *s, uint64_t base, uint64_t block,
		      uint64_t block_size)
{
	uint64_t at;

	if (__builtin_mul_overflow(block, block_size, &at) ||
	    __builtin_add_overflow(at, base, &at))
		return 0;
	return copy_range(s, at, FOLLOW_SIZE);
}

/* libblkid checks the master file table. */
static int follow_ntfs(struct probe_copy *s, const unsigned char *boot)
{
	unsigned int sectors = boot[13];

	/* A count, or minus the binary logarithm of it. */
	if (sectors > 128)
		sectors = sectors >= 232 ? 1u << (256 - sectors) : 0;
	return copy_block(s, 0, get_le64(boot + 48),
			  (uint64_t)get_le16(boot + 11) * sectors);
}

/* The root directory holds the label. */
static int follow_fat32(struct probe_copy *s, const unsigned char *boot)
{
	uint64_t sector = get_le16(boot + 11), reserved = get_le16(boot + 14);
	uint64_t data = (reserved + (uint64_t)boot[16] * get_le32(boot + 36)) *
			sector;
	uint32_t root = get_le32(boot + 44);
	int ret;

	ret = copy_block(s, reserved * sector, root / 128, 512);
	if (ret < 0 || root < 2)
		return ret;
	return copy_block(s, data, root - 2, boot[13] * sector);
}

static int follow_exfat(struct probe_copy *s, const unsigned char *boot)
{
	uint32_t root = get_le32(boot + 96);
	unsigned int sector = boot[108], cluster = boot[109];
	int ret;

	if (sector > 12 || cluster > 25 || root < 2)
		return 0;
	ret = copy_block(s, (uint64_t)get_le32(boot + 80) << sector, root / 128,
			 512);
	if (ret < 0)
		return ret;
	return copy_block(s, (uint64_t)get_le32(boot + 88) << sector, root - 2,
			  1ull << (sector + cluster));
}

/* The catalog file holds the label. */
static int follow_hfsplus(struct probe_copy *s, const unsigned char *header)
{
	return copy_block(s, 0, get_be32(header + 288), get_be32(header + 40));
}

/* What tells BitLocker's volumes from others is elsewhere. */
static int follow_bitlocker(struct probe_copy *s, const unsigned char *boot)
{
	bool to_go = memcmp(boot + 3, "-FVE-FS-", 8);

	return copy_range(s, get_le64(boot + (to_go ? 440 : 176)), FOLLOW_SIZE);
}

/* The anchor points to the volume descriptors. */
static int follow_udf(struct probe_copy *s)
{
	unsigned char anchor[32];
	unsigned int size;
	int ret;

	for (size = 512; size <= 4096; size *= 2) {
		ret = read_disk(s, anchor, sizeof(anchor), 256ull * size);
		if (ret < 0)
			return ret;
		/* Tag 2, in block 256. */
		if (get_le16(anchor) != 2 || get_le32(anchor + 12) != 256)
			continue;
		ret = copy_block(s, 0, get_le32(anchor + 20), size);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int follow_filesystems(struct probe_copy *s)
{
	unsigned char boot[512], header[512];
	int ret;

	ret = read_disk(s, boot, sizeof(boot), 0);
	if (!ret)
		ret = read_disk(s, header, sizeof(header), 1024);
	if (ret < 0)
		return ret;
	if (!memcmp(boot + 3, "NTFS    ", 8))
		return follow_ntfs(s, boot);
	if (!memcmp(boot + 3, "EXFAT   ", 8))
		return follow_exfat(s, boot);
	/* Of Windows since version 7, and of removable disks. */
	if (!memcmp(boot + 3, "-FVE-FS-", 8) || !memcmp(boot + 3, "MSWIN4.1", 8)) {
		ret = follow_bitlocker(s, boot);
		if (ret < 0)
			return ret;
	}
	/* FAT32 has a sector size, and no 16-bit size of the FAT. */
	if (boot[510] == 0x55 && boot[511] == 0xaa && boot[13] &&
	    get_le16(boot + 11) && !get_le16(boot + 22))
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
static int follow_chain(struct probe_copy *s, uint64_t first, unsigned int unit)
{
	unsigned char sector[512];
	uint64_t at = first;
	int i, n, ret;

	for (n = 0; n < CHAIN_MAX; n++) {
		ret = copy_range(s, at * unit, unit);
		if (!ret)
			ret = read_disk(s, sector, sizeof(sector), at * unit);
		if (ret < 0)
			return ret;
		if (!is_mbr(sector))
			return 0;
		for (i = 0; i < 4; i++)
			if (is_extended(sector[446 + 16 * i + 4]))
				break;
		if (i == 4)
			return 0;
		at = first + get_le32(sector + 446 + 16 * i + 8);
	}
	return 0;
}

static int follow_partitions(struct probe_copy *s)
{
	unsigned int unit = s->source->sector_size, i;
	unsigned char sector[512], *entry;
	int ret;

	ret = read_disk(s, sector, sizeof(sector), 0);
	if (ret < 0 || !is_mbr(sector))
		return ret;
	for (i = 0; i < 4; i++) {
		entry = sector + 446 + 16 * i;
		if (!entry[4])
			continue;
		if (is_extended(entry[4]))
			ret = follow_chain(s, get_le32(entry + 8), unit);
		else
			ret = copy_range(s,
					 (uint64_t)get_le32(entry + 8) * unit,
					 NESTED_SIZE);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int probe_copy_make(const struct probe_source *source, uint64_t offset,
			   uint64_t size,
			   int (*follow_pointers)(struct probe_copy *s),
		       struct lkl_error *err)
{
	cleanup_free char *buf = malloc(COPY_SIZE);
	cleanup_close int fd = -1;
	struct probe_copy s = {
		.source = source, .offset = offset, .size = size, .buf = buf,
	};
	int ret;

	if (!buf)
		return error_no_memory(err);
	/* Hosts may refuse files that could be executed; old ones do not know. */
	fd = memfd_create("probe-copy", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("probe-copy", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return error_set(err, -errno, "cannot make a file in memory: %s",
				 strerror(errno));
	s.fd = fd;
	ret = copy_range(&s, 0, HEAD_SIZE);
	if (!ret && size > HEAD_SIZE)
		ret = copy_range(&s, size > HEAD_SIZE + TAIL_SIZE ?
				 size - TAIL_SIZE : HEAD_SIZE, TAIL_SIZE);
	if (!ret)
		ret = follow_pointers(&s);
	if (ret < 0)
		return error_set(err, ret, "cannot read: %s", strerror(-ret));
	fd = -1;
	return s.fd;
}

int probe_copy_filesystem(const struct probe_source *source, uint64_t offset,
			  uint64_t size, struct lkl_error *err)
{
	return probe_copy_make(source, offset, size, follow_filesystems, err);
}

static int follow_disk(struct probe_copy *s)
{
	int ret = follow_filesystems(s);

	return ret < 0 ? ret : follow_partitions(s);
}

int probe_copy_disk(const struct probe_source *source, struct lkl_error *err)
{
	return probe_copy_make(source, 0, source->size, follow_disk, err);
}

static int read_lkl_disk(void *opaque, void *buf, size_t len, uint64_t offset)
{
	return lkl_disk_read(opaque, buf, len, offset);
}

struct probe_source probe_source_disk(struct lkl_disk *disk)
{
	return (struct probe_source){
		.size = lkl_disk_size(disk),
		.sector_size = lkl_disk_sector_size(disk),
		.read = read_lkl_disk,
		.opaque = disk,
	};
}
