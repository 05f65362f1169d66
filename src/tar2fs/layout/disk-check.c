// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk-check.c - refuses definitions and options that do not fit together.
 */
#include "disk-steps.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "common/same-file.h"

static bool can_have_inputs(const struct definition *definition)
{
	return !definition->copy_blocks && definition->verity != VERITY_HASH &&
		(!definition->format || (strcmp(definition->format, "swap") &&
					 strcmp(definition->format, "empty")));
}

/* The inputs of the command line go into the root file system. */
struct definition *disk_find_root(const struct layout *layout)
{
	struct definition *definition;
	size_t i;

	for (i = 0; i < layout->n; i++) {
		definition = &layout->at[i];
		if (can_have_inputs(definition) &&
		    type_is_root(&definition->type))
			return definition;
	}
	for (i = 0; i < layout->n; i++) {
		definition = &layout->at[i];
		if (can_have_inputs(definition) &&
		    (!strcmp(definition->type.name, "linux-generic") ||
		     definition->type.dos_code == 0x83))
			return definition;
	}
	return NULL;
}

/* An input may have another name, too. */
int disk_check_output(const struct disk *disk, const struct part *part,
		      struct lkl_error *err)
{
	const char *output = disk->arguments->output, *same = NULL;
	const struct input *input;
	struct stat st, blocks;

	if (!output_target(output, &st))
		return 0;
	input = part->has_contents ?
		inputs_find_file(&part->contents.inputs, &st) : NULL;
	if (input)
		same = input->name;
	if (part->blocks && !stat(part->blocks, &blocks) &&
	    stat_is_same_file(&blocks, &st))
		same = part->blocks;
	return same ? error_set(err, -EINVAL,
				"%s is the input %s itself, will not overwrite it",
				quote_name(output), quote_name(same)) : 0;
}

static int check_dos(const struct disk *disk, struct lkl_error *err)
{
	const struct definition *definition;
	size_t i;

	if (disk->layout.n > 4)
		return error_set(err, -E2BIG,
				 "--table=dos has room for 4 partitions, and %s has %zu",
				 quote_name(disk->arguments->layout.path),
				 disk->layout.n);
	for (i = 0; i < disk->layout.n; i++) {
		definition = &disk->layout.at[i];
		if (definition->uuid[0])
			return error_set(err, -EINVAL,
					 "%s:%u: UUID=: --table=dos has no UUIDs",
					 quote_name(definition->file),
					 definition->line);
		if (!type_dos_code(&definition->type))
			return error_set(err, -EINVAL,
					 "%s:%u: Type=: has no code for --table=dos, give one such as 0x83",
					 quote_name(definition->file),
					 definition->line);
	}
	return 0;
}

int disk_check_names(const struct disk *disk, struct lkl_error *err)
{
	const struct words *names = &disk->layout.names;
	const char *output = disk->arguments->output;
	size_t i;

	for (i = 0; i < names->n; i++)
		if (outputs_are_same(output, names->at[i].text))
			return error_set(err, -EINVAL,
					 "%s is the layout %s itself, will not overwrite it",
					 quote_name(output),
					 quote_name(names->at[i].text));
	return 0;
}

int disk_check_table(const struct disk *disk, struct lkl_error *err)
{
	const struct definition *definition;
	bool any_verity = false;
	size_t i;

	for (i = 0; i < disk->layout.n; i++) {
		definition = &disk->layout.at[i];
		any_verity |= definition->verity != VERITY_OFF;
		if (!definition->type.guid[0] && !disk->table.dos)
			return error_set(err, -EINVAL,
					 "%s:%u: Type=: a code is only for --table=dos",
					 quote_name(definition->file),
					 definition->line);
	}
	if (disk->arguments->verity && !any_verity)
		return error_set(err, -EINVAL,
				 "--verity: no partition of %s has Verity=",
				 quote_name(disk->arguments->layout.path));
	return disk->table.dos ? check_dos(disk, err) : 0;
}

/* A DOS table counts sectors in 32 bits. */
int disk_check_end(const struct disk *disk, struct lkl_error *err)
{
	uint64_t limit = (uint64_t)disk->table.sector_size << 32;
	const struct extent *extent;
	size_t i;

	for (i = 0; disk->table.dos && i < disk->layout.n; i++) {
		extent = &disk->extents[i];
		if (extent->start + extent->partition.size > limit)
			return error_set(err, -EFBIG,
					 "--table=dos: partition %zu would end past 2^32 sectors",
					 i + 1);
	}
	return 0;
}
