// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvm-label.c - the label of a physical volume of LVM, and the copies of the
 * metadata on it.
 *
 * The label is in one of the first four sectors.  After it come the volume's id and two
 * lists of areas, each with a zero at the end: areas for data, and areas for metadata.
 * A metadata area has a header of one sector.  The rest of it is a ring, to which each
 * change of the group adds a new text.  The header says where the newest text begins.
 */
#include "lvm-label.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/byte-order.h"
#include "common/error.h"
#include "lvm-text.h"

#define SECTOR		512u
#define LABEL_SECTORS	4
#define AREAS_MAX	8
#define IGNORED		1u		/* flag of a copy */

struct area_header {
	uint32_t checksum;
	char magic[16];
	uint32_t version;
	uint64_t start, size;
	struct {
		uint64_t offset, size;
		uint32_t checksum, flags;
	} newest;
} __attribute__((packed));

/* CRC-32 without the inversion at the end, and with a start of LVM's own. */
static uint32_t checksum(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint32_t crc = 0xf597a6cfu;
	int bit;

	for (; len; len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return crc;
}

static int read_range(const struct probe_source *source, void *buf,
		      uint64_t len, uint64_t offset)
{
	if (offset > source->size || len > source->size - offset)
		return -EIO;
	return source->read(source->opaque, buf, len, offset);
}

/* As LVM prints it: groups of 6, 4, 4, 4, 4, 4 and 6. */
static void format_id(const unsigned char *raw, char *id)
{
	static const unsigned int ends = 1u << 5 | 1u << 9 | 1u << 13 |
		1u << 17 | 1u << 21 | 1u << 25;
	unsigned int i;

	for (i = 0; i < 32; i++) {
		*id++ = raw[i] > ' ' && raw[i] < 0x7f ? (char)raw[i] : '?';
		if (ends & 1u << i)
			*id++ = '-';
	}
	*id = '\0';
}

/* Read a part of the ring behind the header, which may wrap around. */
static int read_ring(const struct probe_source *source, uint64_t area,
		     uint64_t size, char *text, uint64_t len, uint64_t offset)
{
	uint64_t first = size - offset < len ? size - offset : len;
	int ret = read_range(source, text, first, area + offset);

	if (ret < 0 || first == len)
		return ret;
	return read_range(source, text + first, len - first, area + SECTOR);
}

/* Returns NULL, or the problem. */
static const char *read_copy(const struct probe_source *source, uint64_t at,
			     struct lvm_label *label)
{
	unsigned char sector[SECTOR];
	struct area_header header;
	uint64_t offset, len, size;
	char *text;

	if (read_range(source, sector, sizeof(sector), at) < 0)
		return "cannot be read";
	memcpy(&header, sector, sizeof(header));
	if (memcmp(header.magic, " LVM2 x[5A%r0N*>", sizeof(header.magic)))
		return "has no header";
	if (le32toh(header.checksum) != checksum(sector + 4, SECTOR - 4))
		return "has a header with a wrong checksum";
	if (le32toh(header.version) != 1)
		return "has an unknown version";
	size = le64toh(header.size);
	offset = le64toh(header.newest.offset);
	len = le64toh(header.newest.size);
	if (!offset || !len || le32toh(header.newest.flags) & IGNORED)
		return NULL;
	if (le64toh(header.start) != at || size <= SECTOR ||
	    offset < SECTOR || offset >= size || len > size - SECTOR ||
	    len > LVM_TEXT_MAX)
		return "has a header with impossible values";
	text = malloc(len);
	if (!text)
		return "does not fit into the memory";
	if (read_ring(source, at, size, text, len, offset) < 0) {
		free(text);
		return "cannot be read";
	}
	if (checksum(text, len) != le32toh(header.newest.checksum)) {
		free(text);
		return "has a wrong checksum";
	}
	/* LVM counts the zero behind the text. */
	while (len && !text[len - 1])
		len--;
	label->copies[label->n_copies].text = text;
	label->copies[label->n_copies++].len = len;
	return NULL;
}

/* Skip the list of data areas, and follow that of metadata areas. */
static void read_copies(const struct probe_source *source,
			const unsigned char *lists, const unsigned char *end,
			struct lvm_label *label)
{
	const char *damage;
	unsigned int n;

	for (n = 0; lists + 16 <= end && get_le64(lists) && n < AREAS_MAX; n++)
		lists += 16;
	lists += 16;
	for (n = 0; lists + 16 <= end && get_le64(lists) && n < LVM_COPIES; n++) {
		damage = read_copy(source, get_le64(lists), label);
		if (damage)
			snprintf(label->damage, sizeof(label->damage),
				 "copy %u of the metadata %s", n + 1, damage);
		lists += 16;
	}
}

int lvm_label_read(const struct probe_source *source,
		   struct lvm_label *ret_label, struct lkl_error *err)
{
	unsigned char head[LABEL_SECTORS * SECTOR], *sector;
	struct lvm_label label = { .n_copies = 0 };
	const char *reason = "has no label";
	unsigned int i;
	uint32_t at;

	if (read_range(source, head, sizeof(head), 0) < 0)
		return error_set(err, -EIO, "cannot read the label");
	for (i = 0; i < LABEL_SECTORS; i++) {
		sector = head + i * SECTOR;
		if (memcmp(sector, "LABELONE", 8) ||
		    memcmp(sector + 24, "LVM2 001", 8))
			continue;
		reason = "has a damaged label";
		at = get_le32(sector + 20);
		if (get_le64(sector + 8) != i || at < 32 || at > SECTOR - 40 ||
		    get_le32(sector + 16) != checksum(sector + 20, SECTOR - 20))
			continue;
		format_id(sector + at, label.id);
		read_copies(source, sector + at + 40, sector + SECTOR, &label);
		*ret_label = label;
		return 0;
	}
	return error_set(err, -EINVAL, "the physical volume %s", reason);
}

void lvm_label_free(struct lvm_label *label)
{
	while (label->n_copies)
		free(label->copies[--label->n_copies].text);
}
