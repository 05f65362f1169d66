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
#define HEADER_OTHER		32	/* the sector of the other header */
#define HEADER_LAST		48	/* the last one for partitions */

static bool read_header(const struct probe_source *source, uint64_t sector,
			unsigned char header[HEADER_SIZE])
{
	return source->read(source->opaque, header, HEADER_SIZE,
			    sector * source->sector_size) >= 0 &&
		!memcmp(header, HEADER_SIGNATURE, strlen(HEADER_SIGNATURE));
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
		if (!read_header(source, sectors - 1, header))
			return false;
		snprintf(ret_problem, GPT_PROBLEM_MAX,
			 "the GPT is damaged, and so is its copy");
		return true;
	}
	last = get_le64(header + HEADER_LAST);
	other = get_le64(header + HEADER_OTHER);
	if (other > last)
		last = other;
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
