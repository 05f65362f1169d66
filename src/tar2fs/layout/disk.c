// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk.c - makes the image of a whole disk.
 *
 * The content of each partition is made in a file of its own, which is an image to
 * the rest of tar2fs.  When all sizes are known, the files are copied to their places,
 * and libfdisk writes the partition table.
 */
#include "disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/quote.h"
#include "common/digest.h"
#include "common/error.h"
#include "assemble.h"
#include "disk-steps.h"
#include "image-verity.h"

/* Finds the partition for the inputs of the command line. */
static int give_inputs(struct disk *disk, struct lkl_error *err)
{
	struct definition *root;

	if (!disk->arguments->n_inputs)
		return 0;
	root = disk_find_root(&disk->layout);
	if (!root)
		return error_set(err, -EINVAL,
				 "%s: has no partition with Type=root or linux-generic for the inputs of the command line",
				 quote_name(disk->arguments->layout.path));
	root->has_users = true;
	return 0;
}

static int open_parts(struct disk *disk, struct lkl_error *err)
{
	const struct arguments *arguments = disk->arguments;
	struct definition *definition;
	size_t n = disk->layout.n, i;
	int ret = 0;

	disk->parts = calloc(n, sizeof(*disk->parts));
	disk->extents = calloc(n, sizeof(*disk->extents));
	disk->entries = calloc(n, sizeof(*disk->entries));
	disk->trees = calloc(n, sizeof(*disk->trees));
	if (!disk->parts || !disk->extents || !disk->entries || !disk->trees)
		return error_no_memory(err);
	for (i = 0; i < n && !ret; i++) {
		definition = &disk->layout.at[i];
		ret = part_open(&disk->parts[disk->n_opened++], definition,
				(unsigned int)i, &disk->context,
				arguments->inputs,
				definition->has_users ? arguments->n_inputs : 0,
				err);
		if (!ret)
			ret = disk_check_output(disk, &disk->parts[i], err);
	}
	return ret;
}

static int measure_parts(struct disk *disk, struct lkl_error *err)
{
	const char *option = arguments_container_option(disk->arguments);
	bool any = false, any_archive = false;
	const struct inputs *inputs;
	size_t i;
	int ret = 0;

	for (i = 0; i < disk->layout.n && !ret; i++) {
		ret = part_measure(&disk->parts[i], err);
		if (!disk->parts[i].has_contents)
			continue;
		inputs = &disk->parts[i].contents.inputs;
		any |= inputs_have_container(inputs);
		any_archive |= inputs_have_archive(inputs);
	}
	if (!ret && option && !any)
		ret = error_set(err, -EINVAL,
				"%s is only for container images, and no input is one",
				option);
	if (!ret && disk->arguments->container.max_unpacked && !any &&
	    !any_archive)
		ret = error_set(err, -EINVAL,
				"--max-unpacked is only for archives and container images, and no input is one");
	return ret;
}

static int make_tree(struct disk *disk, size_t data, size_t hash,
		     struct lkl_error *err)
{
	struct part *data_part = &disk->parts[data];
	struct part *hash_part = &disk->parts[hash];
	const struct hash_tree_wanted wanted = {
		.fixed = disk->fixed, .index = (unsigned int)data,
		.data = output_self(data_part->content),
		.data_size = disk->extents[data].partition.size,
		.sandbox = disk->arguments->common.sandbox,
	};
	struct hash_tree_wanted copy = wanted;
	int ret = part_new_content(hash_part, err);

	if (!ret)
		ret = lkl_disk_create(output_self(hash_part->content), "raw",
				      disk->extents[hash].partition.size, err);
	if (ret < 0)
		return hash_part->content ? error_drop_prefix(err, ret,
				output_self(hash_part->content)) : ret;
	copy.hash = output_self(hash_part->content);
	return hash_tree_make(&copy, &disk->trees[data], err);
}

static int make_contents(struct disk *disk, struct lkl_error *err)
{
	const struct definition *hash;
	size_t i;
	int ret = 0;

	for (i = 0; i < disk->layout.n && !ret; i++)
		if (disk->layout.at[i].verity != VERITY_HASH)
			ret = part_make(&disk->parts[i],
					disk->extents[i].partition.size, err);
	for (i = 0; i < disk->layout.n && !ret; i++) {
		hash = layout_find_hash(&disk->layout, &disk->layout.at[i]);
		if (hash)
			ret = make_tree(disk, i, disk_index(disk, hash), err);
	}
	return ret;
}

static int write_disk(struct disk *disk, const char *raw,
		      struct lkl_error *err)
{
	size_t i;
	int ret = lkl_disk_create(raw, "raw", disk->size, err);

	if (ret < 0)
		return error_drop_prefix(err, ret, raw);
	for (i = 0; i < disk->layout.n && !ret; i++) {
		if (!disk->parts[i].content)
			continue;
		ret = assemble_part(output_self(disk->parts[i].content), raw,
				    disk->extents[i].start,
				    disk->extents[i].partition.size, err);
		/* It is not needed any more, and takes room. */
		output_discard(disk->parts[i].content);
		disk->parts[i].content = NULL;
	}
	return ret < 0 ? ret : table_write(&disk->table, raw,
				     disk->arguments->common.sandbox, err);
}

static int write_image(struct disk *disk, struct output *output,
		       struct lkl_error *err)
{
	const struct arguments *arguments = disk->arguments;
	struct output *scratch;
	int ret;

	if (!strcmp(arguments->format, "raw"))
		return write_disk(disk, output_self(output), err);
	ret = output_open(arguments->output, OUTPUT_NAMED, &scratch, err);
	if (ret < 0)
		return ret;
	ret = write_disk(disk, output_self(scratch), err);
	if (!ret)
		ret = assemble_convert(output_self(scratch),
				       output_self(output), disk->size,
				       &arguments->common, err);
	output_discard(scratch);
	return ret;
}

/* As the kernel's command line takes them. */
static int print_root_hashes(const struct disk *disk, struct lkl_error *err)
{
	char hex[2 * VERITY_DIGEST_SIZE + 1];
	size_t i;

	for (i = 0; i < disk->layout.n; i++)
		if (disk->layout.at[i].verity == VERITY_DATA)
			printf("%s=%s\n", type_is_usr(&disk->layout.at[i].type) ?
			       "usrhash" : "roothash",
			       format_hex(disk->trees[i].root,
					  VERITY_DIGEST_SIZE, hex));
	return error_flush(stdout, "the root hash", err);
}

/* Returns 1 if some files are missing. */
static int make_image(struct disk *disk, struct lkl_error *err)
{
	const struct arguments *arguments = disk->arguments;
	struct output *output;
	uint64_t failures = 0;
	size_t i;
	int ret;

	ret = make_contents(disk, err);
	if (!ret)
		ret = disk_name_all(disk, err);
	if (ret < 0)
		return ret;
	ret = output_open(arguments->output, OUTPUT_NAMED, &output, err);
	if (!ret) {
		ret = write_image(disk, output, err);
		if (!ret && arguments->verity)
			ret = print_root_hashes(disk, err);
		if (ret < 0)
			output_discard(output);
		else
			ret = output_complete(output, arguments->sync, err);
	}
	if (ret < 0)
		return error_prefix(err, ret, "%s",
				    quote_name(arguments->output));
	if (arguments->common.verbose)
		disk_print_plan(disk);
	for (i = 0; i < disk->layout.n; i++)
		failures += disk->parts[i].failures;
	return failures ? 1 : 0;
}

static int make_disk(struct disk *disk, struct lkl_error *err)
{
	const struct arguments *arguments = disk->arguments;
	int ret;

	ret = table_library_load(err);
	if (!ret)
		ret = digest_library_load(err);
	if (!ret)
		ret = layout_read(&disk->layout, arguments->layout.path, err);
	if (!ret)
		ret = give_inputs(disk, err);
	if (!ret)
		ret = layout_check(&disk->layout, err);
	if (!ret)
		ret = disk_check_names(disk, err);
	if (!ret)
		ret = disk_check_table(disk, err);
	if (!ret)
		ret = open_parts(disk, err);
	if (!ret)
		ret = measure_parts(disk, err);
	disk->table.entries = disk->entries;
	disk->table.n = disk->layout.n;
	if (!ret)
		ret = disk_find_sizes(disk, err);
	if (!ret)
		ret = disk_check_end(disk, err);
	if (ret < 0)
		return ret;
	if (!arguments->file_system.dry_run)
		return make_image(disk, err);
	disk_print_plan(disk);
	return 0;
}

int disk_make(const struct arguments *arguments, struct lkl_error *err)
{
	struct disk disk = {
		.arguments = arguments,
		.fixed = arguments->file_system.identity.has_time,
		.table = {
			.dos = arguments->layout.dos,
			.sector_size = arguments->layout.sector_size,
		},
	};
	int ret;

	part_context_init(&disk.context, arguments);
	ret = make_disk(&disk, err);
	while (disk.n_opened)
		part_close(&disk.parts[--disk.n_opened]);
	layout_free(&disk.layout);
	free(disk.parts);
	free(disk.extents);
	free(disk.entries);
	free(disk.trees);
	return ret;
}
