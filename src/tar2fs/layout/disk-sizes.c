// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk-sizes.c - finds the sizes and places of all partitions.
 */
#include "disk-steps.h"

#include <errno.h>
#include <inttypes.h>

#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"

/* The size of the hashes follows from that of the data, which does not grow. */
static int size_hashes(struct disk *disk, struct lkl_error *err)
{
	const struct definition *data, *hash;
	struct share *share;
	uint64_t needed;
	size_t i;

	for (i = 0; i < disk->layout.n; i++) {
		data = &disk->layout.at[i];
		hash = layout_find_hash(&disk->layout, data);
		if (!hash)
			continue;
		share = &disk->extents[disk_index(disk, hash)].partition;
		needed = verity_hash_size(disk->extents[i].partition.min);
		if (hash->size_max && hash->size_max < needed)
			return error_set(err, -ENOSPC,
					 "%s:%u: SizeMaxBytes=: the hashes need %" PRIu64
					 " bytes", quote_name(hash->file),
					 hash->line, needed);
		share->min = hash->has_size_min && hash->size_min > needed ?
			hash->size_min : needed;
		share->max = share->min;
	}
	return 0;
}

int disk_find_sizes(struct disk *disk, struct lkl_error *err)
{
	uint64_t wanted = disk->arguments->file_system.size;
	const struct definition *definition;
	struct part_size size;
	struct extent *extent;
	size_t i;
	int ret;

	for (i = 0; i < disk->layout.n; i++) {
		definition = &disk->layout.at[i];
		extent = &disk->extents[i];
		extent->padding = (struct share){
			.min = definition->padding_min,
			.max = definition->has_padding_max ?
				definition->padding_max : UINT64_MAX,
			.weight = definition->padding_weight,
		};
		if (definition->verity == VERITY_HASH)
			continue;
		ret = part_find_size(&disk->parts[i], wanted, &size, err);
		if (ret < 0)
			return ret;
		extent->partition = (struct share){
			.min = size.min, .max = size.max,
			.weight = size.grows ? definition->weight : 0,
		};
	}
	ret = size_hashes(disk, err);
	return ret < 0 ? ret : arrange(disk->extents, disk->layout.n,
				       table_tail(&disk->table), wanted,
				       &disk->size, err);
}

void disk_print_plan(const struct disk *disk)
{
	const struct part *part;
	char size[FORMAT_SIZE_MAX];
	size_t i;

	for (i = 0; i < disk->layout.n; i++) {
		part = &disk->parts[i];
		report_line("%zu: %s at %" PRIu64 ", %s (%" PRIu64 " bytes)%s%s",
			    i + 1, quote_name(part->label),
			    disk->extents[i].start,
			    format_size(size, disk->extents[i].partition.size),
			    disk->extents[i].partition.size,
			    part->definition->format ? ", " : "",
			    part->definition->format ?
			    part->definition->format : "");
	}
	report_line("disk of %s (%" PRIu64 " bytes)",
		    format_size(size, disk->size), disk->size);
}
