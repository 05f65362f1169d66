// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk.c - makes the image of a whole disk.
 *
 * The content of each partition is made in a file of its own, which the rest of
 * tar2fs thinks is an image.  When all sizes are known, the files are copied to
 * their places, and libfdisk writes the partition table.
 */
#include "disk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "common/digest.h"
#include "arrange.h"
#include "assemble.h"
#include "hash-tree.h"
#include "part.h"
#include "table.h"

struct disk {
	const struct arguments *arguments;
	struct part_context context;
	struct layout layout;
	struct part *parts;		/* as many as definitions */
	size_t n_opened;
	struct extent *extents;
	struct table_entry *entries;
	struct table table;
	struct hash_tree *trees;	/* of those with Verity=data */
	uint64_t size;
	bool fixed;			/* identifiers are made of contents */
};

/* ---- Inputs ---- */

static bool can_have_inputs(const struct definition *definition)
{
	return !definition->copy_blocks && definition->verity != VERITY_HASH &&
		(!definition->format || (strcmp(definition->format, "swap") &&
					 strcmp(definition->format, "empty")));
}

/* The inputs of the command line go into the root file system. */
static struct definition *find_root(const struct layout *layout)
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

/* The image would replace an input that has another name, too. */
static int check_output(const struct disk *disk, const struct part *part,
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
	    blocks.st_dev == st.st_dev && blocks.st_ino == st.st_ino)
		same = part->blocks;
	return same ? error_set(err, -EINVAL,
				"%s is the input %s itself, will not overwrite it",
				quote_name(output), quote_name(same)) : 0;
}

static int open_parts(struct disk *disk, struct lkl_error *err)
{
	const struct arguments *arguments = disk->arguments;
	struct definition *root = NULL, *definition;
	size_t n = disk->layout.n, i;
	int ret = 0;

	if (arguments->n_inputs) {
		root = find_root(&disk->layout);
		if (!root)
			return error_set(err, -EINVAL,
					 "%s: has no partition with Type=root or linux-generic for the inputs of the command line",
					 quote_name(arguments->layout.path));
		if (!root->format)
			root->format = strdup("ext4");
		if (!root->format)
			return error_no_memory(err);
	}
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
				definition == root ? arguments->n_inputs : 0,
				err);
		if (!ret)
			ret = check_output(disk, &disk->parts[i], err);
	}
	return ret;
}

static int measure_parts(struct disk *disk, struct lkl_error *err)
{
	const char *option = arguments_container_option(disk->arguments);
	bool any = false;
	size_t i;
	int ret = 0;

	for (i = 0; i < disk->layout.n && !ret; i++) {
		ret = part_measure(&disk->parts[i], err);
		any |= disk->parts[i].has_contents &&
			inputs_have_container(&disk->parts[i].contents.inputs);
	}
	if (!ret && option && !any)
		ret = error_set(err, -EINVAL,
				"%s is only for container images, and no input is one",
				option);
	return ret;
}

/* ---- Sizes ---- */

static size_t index_of(const struct disk *disk,
		       const struct definition *definition)
{
	return (size_t)(definition - disk->layout.at);
}

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
		share = &disk->extents[index_of(disk, hash)].partition;
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

static int find_sizes(struct disk *disk, struct lkl_error *err)
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

static void print_plan(const struct disk *disk)
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

/* ---- Contents ---- */

static int make_tree(struct disk *disk, size_t data, size_t hash,
		     struct lkl_error *err)
{
	struct part *data_part = &disk->parts[data];
	struct part *hash_part = &disk->parts[hash];
	const struct hash_tree_wanted wanted = {
		.fixed = disk->fixed, .index = (unsigned int)data,
		.data = output_self(data_part->content),
		.data_size = disk->extents[data].partition.size,
		.confine = disk->arguments->common.sandbox != SANDBOX_NONE,
	};
	struct hash_tree_wanted copy = wanted;
	int ret = part_new_content(hash_part, err);

	if (!ret)
		ret = lkl_disk_create(output_self(hash_part->content), "raw",
				      disk->extents[hash].partition.size, err);
	if (ret < 0)
		return ret;
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
			ret = make_tree(disk, i, index_of(disk, hash), err);
	}
	return ret;
}

/* ---- Names ---- */

/* The Discoverable Partitions Specification says how the root hash is used. */
static void use_root_hash(struct disk *disk, size_t data)
{
	const struct definition *hash =
		layout_find_hash(&disk->layout, &disk->layout.at[data]);
	struct hash_tree *tree = &disk->trees[data];
	char *uuid;

	if (!hash)
		return;
	uuid = disk->entries[data].uuid;
	if (!*uuid)
		format_guid(tree->root, uuid);
	uuid = disk->entries[index_of(disk, hash)].uuid;
	if (!*uuid)
		format_guid(tree->root + VERITY_DIGEST_SIZE - 16, uuid);
}

/* Of the type, the name, and the content. */
static int name_part(struct disk *disk, size_t i, struct lkl_error *err)
{
	struct part *part = &disk->parts[i];
	bool confine = disk->arguments->common.sandbox != SANDBOX_NONE;
	struct identifier digest = { { 0 } }, identifier;
	char text[256];
	int ret = 0;

	if (disk->entries[i].uuid[0])
		return 0;
	if (disk->fixed && part->content)
		ret = content_digest(output_self(part->content), confine,
				     &digest, err);
	if (ret < 0)
		return ret;
	snprintf(text, sizeof(text), "partition %zu %s %s", i,
		 part->definition->type.guid, part->label);
	ret = identifier_make(disk->fixed, text, &digest, &identifier, err);
	if (!ret)
		identifier_guid(&identifier, disk->entries[i].uuid);
	return ret;
}

static int name_disk(struct disk *disk, struct lkl_error *err)
{
	const char *uuid = disk->arguments->file_system.identity.uuid;
	struct identifier identifier = { { 0 } };
	size_t i;
	int ret;

	if (uuid) {
		guid_parse(uuid, disk->table.id);
		return 0;
	}
	ret = identifier_make(disk->fixed, "disk", NULL, &identifier, err);
	for (i = 0; i < disk->layout.n && !ret; i++)
		ret = identifier_make(disk->fixed, disk->entries[i].uuid,
				      &identifier, &identifier, err);
	if (!ret && disk->table.dos)
		snprintf(disk->table.id, sizeof(disk->table.id),
			 "0x%02x%02x%02x%02x", identifier.bytes[0],
			 identifier.bytes[1], identifier.bytes[2],
			 identifier.bytes[3]);
	else if (!ret)
		identifier_guid(&identifier, disk->table.id);
	return ret;
}

static int name_all(struct disk *disk, struct lkl_error *err)
{
	const struct definition *definition;
	size_t i;
	int ret = 0;

	for (i = 0; i < disk->layout.n; i++) {
		definition = &disk->layout.at[i];
		disk->entries[i] = (struct table_entry){
			.start = disk->extents[i].start,
			.size = disk->extents[i].partition.size,
			.type = &definition->type,
			.label = disk->parts[i].label,
			.flags = definition_flags(definition),
		};
		memcpy(disk->entries[i].uuid, definition->uuid,
		       sizeof(definition->uuid));
	}
	for (i = 0; i < disk->layout.n; i++)
		use_root_hash(disk, i);
	for (i = 0; i < disk->layout.n && !ret; i++)
		ret = name_part(disk, i, err);
	return ret < 0 ? ret : name_disk(disk, err);
}

/* ---- The disk ---- */

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

static int check_table(const struct disk *disk, struct lkl_error *err)
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
static int check_end(const struct disk *disk, struct lkl_error *err)
{
	uint64_t limit = (uint64_t)disk->table.sector_size << 32;
	const struct extent *extent;
	size_t i;

	for (i = 0; disk->table.dos && i < disk->layout.n; i++) {
		extent = &disk->extents[i];
		if (extent->start + extent->partition.size > limit)
			return error_set(err, -EFBIG,
					 "--table=dos: partition %zu would end behind 2^32 sectors",
					 i + 1);
	}
	return 0;
}

static int write_disk(struct disk *disk, const char *raw,
		      struct lkl_error *err)
{
	bool confine = disk->arguments->common.sandbox != SANDBOX_NONE;
	size_t i;
	int ret = lkl_disk_create(raw, "raw", disk->size, err);

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
	return ret < 0 ? ret : table_write(&disk->table, raw, confine, err);
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
static void print_root_hashes(const struct disk *disk)
{
	char hex[2 * VERITY_DIGEST_SIZE + 1];
	size_t i;

	for (i = 0; i < disk->layout.n; i++)
		if (disk->layout.at[i].verity == VERITY_DATA)
			printf("%s=%s\n", type_is_usr(&disk->layout.at[i].type) ?
			       "usrhash" : "roothash",
			       format_hex(disk->trees[i].root,
					  VERITY_DIGEST_SIZE, hex));
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
		ret = name_all(disk, err);
	if (ret < 0)
		return ret;
	ret = output_open(arguments->output, OUTPUT_NAMED, &output, err);
	if (!ret) {
		ret = write_image(disk, output, err);
		if (ret < 0)
			output_discard(output);
		else
			ret = output_complete(output, arguments->sync, err);
	}
	if (ret < 0)
		return error_prefix(err, ret, "%s",
				    quote_name(arguments->output));
	if (arguments->common.verbose)
		print_plan(disk);
	if (arguments->verity)
		print_root_hashes(disk);
	for (i = 0; i < disk->layout.n; i++)
		failures += disk->parts[i].failures;
	return failures ? 1 : 0;
}

static int run(struct disk *disk, struct lkl_error *err)
{
	const struct arguments *arguments = disk->arguments;
	int ret;

	ret = table_library_load(err);
	if (!ret)
		ret = digest_library_load(err);
	if (!ret)
		ret = layout_read(&disk->layout, arguments->layout.path, err);
	if (!ret)
		ret = check_table(disk, err);
	if (!ret)
		ret = open_parts(disk, err);
	if (!ret)
		ret = measure_parts(disk, err);
	disk->table.entries = disk->entries;
	disk->table.n = disk->layout.n;
	if (!ret)
		ret = find_sizes(disk, err);
	if (!ret)
		ret = check_end(disk, err);
	if (ret < 0)
		return ret;
	if (!arguments->file_system.dry_run)
		return make_image(disk, err);
	print_plan(disk);
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
	ret = run(&disk, err);
	while (disk.n_opened)
		part_close(&disk.parts[--disk.n_opened]);
	layout_free(&disk.layout);
	free(disk.parts);
	free(disk.extents);
	free(disk.entries);
	free(disk.trees);
	return ret;
}
