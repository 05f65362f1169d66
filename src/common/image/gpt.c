// SPDX-License-Identifier: GPL-2.0-only
/*
 * gpt.c - tell why the GPT of a disk cannot be used.
 *
 * The kernel and libblkid only use a table that they find sound, and do not say what
 * is wrong with another.  The commonest reason is an image that was cut off.
 */
#include "gpt.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/byte-order.h"
#include "common/cli/parse.h"
#include "probe-copy.h"

/* The header, as UEFI has it; numbers are little-endian. */
#define HEADER_SIZE		92
#define HEADER_SIGNATURE	"EFI PART"
#define HEADER_LENGTH		12
#define HEADER_CHECKSUM		16
#define HEADER_OWN		24	/* the sector of this header */
#define HEADER_OTHER		32	/* the sector of the other header */
#define HEADER_LAST		48	/* the last one for partitions */
#define HEADER_ENTRIES		72	/* the first sector of the entries */
#define HEADER_N_ENTRIES	80
#define HEADER_ENTRY_SIZE	84
#define HEADER_ENTRIES_SUM	88

/* Nearly all tables take 16384.  A larger one counts as damaged. */
#define ENTRIES_MAX		65536

/* A checksum of the bytes so far; it begins and ends with all bits inverted. */
static uint32_t add_checksum(uint32_t sum, const unsigned char *bytes, size_t size)
{
	unsigned int bit;
	size_t i;

	for (i = 0; i < size; i++) {
		sum ^= bytes[i];
		for (bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
	}
	return sum;
}

static bool read_header(const struct probe_source *source, uint64_t sector,
			unsigned char header[HEADER_SIZE])
{
	return source->read(source->opaque, header, HEADER_SIZE,
			    sector * source->sector_size) >= 0 &&
		!memcmp(header, HEADER_SIGNATURE, strlen(HEADER_SIGNATURE));
}

/* A part of a disk may end in the header of the disk, which names another sector. */
static bool read_copy(const struct probe_source *source, uint64_t sector,
		      unsigned char header[HEADER_SIZE])
{
	return read_header(source, sector, header) &&
		get_le64(header + HEADER_OWN) == sector;
}

static bool are_entries_sound(const struct probe_source *source,
			      const unsigned char header[HEADER_SIZE])
{
	uint64_t size = (uint64_t)get_le32(header + HEADER_N_ENTRIES) *
		get_le32(header + HEADER_ENTRY_SIZE);
	uint64_t sector = get_le64(header + HEADER_ENTRIES), offset;
	uint32_t sum = UINT32_MAX;
	unsigned char bytes[512];
	size_t n;

	if (!size || size > ENTRIES_MAX || size > source->size ||
	    sector > (source->size - size) / source->sector_size)
		return false;
	for (offset = 0; offset < size; offset += n) {
		n = size - offset < sizeof(bytes) ? size - offset : sizeof(bytes);
		if (source->read(source->opaque, bytes, n,
				 sector * source->sector_size + offset) < 0)
			return false;
		sum = add_checksum(sum, bytes, n);
	}
	return ~sum == get_le32(header + HEADER_ENTRIES_SUM);
}

static bool is_sound(const struct probe_source *source,
		     const unsigned char header[HEADER_SIZE])
{
	unsigned char copy[HEADER_SIZE];

	if (get_le32(header + HEADER_LENGTH) != HEADER_SIZE)
		return false;
	memcpy(copy, header, HEADER_SIZE);
	memset(copy + HEADER_CHECKSUM, 0, 4);
	return ~add_checksum(UINT32_MAX, copy, HEADER_SIZE) ==
		get_le32(header + HEADER_CHECKSUM) &&
		are_entries_sound(source, header);
}

bool gpt_problem(const struct probe_source *source,
		 char ret_problem[GPT_PROBLEM_MAX])
{
	uint64_t sectors = source->size / source->sector_size, last, other;
	char wanted[FORMAT_SIZE_MAX], found[FORMAT_SIZE_MAX];
	unsigned char header[HEADER_SIZE];

	if (sectors < 3)
		return false;
	if (!read_header(source, 1, header)) {
		if (!read_copy(source, sectors - 1, header) ||
		    is_sound(source, header))
			return false;
		snprintf(ret_problem, GPT_PROBLEM_MAX,
			 "the GPT is damaged, and so is its copy");
		return true;
	}
	last = get_le64(header + HEADER_LAST);
	other = get_le64(header + HEADER_OTHER);
	if (other > last)
		last = other;
	if (last < sectors &&
	    (is_sound(source, header) ||
	     (read_copy(source, sectors - 1, header) && is_sound(source, header))))
		return false;
	if (last < sectors || last >= UINT64_MAX / source->sector_size) {
		snprintf(ret_problem, GPT_PROBLEM_MAX, "the GPT is damaged");
		return true;
	}
	snprintf(ret_problem, GPT_PROBLEM_MAX,
		 "the GPT is for a disk of %s, and only %s are here",
		 format_size(wanted, (last + 1) * source->sector_size),
		 format_size(found, source->size));
	return true;
}
