// SPDX-License-Identifier: GPL-2.0-only
/*
 * part.c - makes the content of one partition, in a file of its own.
 */
#include "part.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "tar2fs/build.h"
#include "tar2fs/mkfs.h"
#include "assemble.h"
#include "skeleton.h"

#define GRAIN	4096u

/* Swap as a kind, for its program, labels and size. */
static const struct kind swap_kind = {
	.name = "swap", .program = "mkswap", .package = "util-linux",
	.label_option = "-L", .label_max = 15, .uuid_option = "-U",
	.least = 40u << 10, .granule = GRAIN,
};

static const struct kind *kind_of(const struct part *part)
{
	return part->is_swap ? &swap_kind : part->kind;
}

static int key_error(const struct part *part, unsigned int line,
		     struct lkl_error *err, int code)
{
	return error_prefix(err, code, "%s:%u",
			    quote_name(part->definition->file), line);
}

static int find_kind(struct part *part, struct lkl_error *err)
{
	const struct definition *definition = part->definition;
	char names[128];

	if (!definition->format || !strcmp(definition->format, "empty"))
		return 0;
	part->is_swap = !strcmp(definition->format, "swap");
	part->packer = packer_find(definition->format);
	part->kind = part->is_swap ? NULL :
		kind_find(part->packer ? "ext4" : definition->format);
	if (part->is_swap || part->kind)
		return 0;
	return error_set(err, -EINVAL,
			 "%s:%u: Format=: not one of %s, squashfs, erofs, swap or empty: %s",
			 quote_name(definition->file), definition->format_line,
			 kind_names(names, sizeof(names)),
			 quote_name(definition->format));
}

/*
 * The name of the partition is also the label of the file system if that has
 * room for it.  FAT has only capital letters.
 */
static void choose_labels(struct part *part)
{
	const struct definition *definition = part->definition;
	const struct kind *kind = kind_of(part);
	unsigned int label_max = part->packer ? part->packer->label_max :
		kind ? kind->label_max : 0;
	char *at;

	snprintf(part->label, sizeof(part->label), "%s", definition->label ?
		 definition->label : definition->type.name);
	if (strlen(part->label) > label_max ||
	    (part->packer && !part->packer->label_option))
		return;
	memcpy(part->fs_label, part->label, sizeof(part->label));
	for (at = part->fs_label; kind && !strcmp(kind->name, "vfat") && *at;
	     at++) {
		if ((unsigned char)*at >= 0x80 || strchr("*?.,;:/\\|+=<>[]\"",
							 *at))
			*at = '_';
		*at = (char)toupper((unsigned char)*at);
	}
}

static int open_subvolumes(struct part *part, struct lkl_error *err)
{
	const struct words *words = &part->definition->subvolumes;
	size_t i;
	int ret = 0;

	if (words->n && (!part->kind || strcmp(part->kind->name, "btrfs")))
		return error_set(err, -EINVAL,
				 "%s:%u: Subvolumes=: only btrfs has subvolumes",
				 quote_name(part->definition->file),
				 words->at[0].line);
	for (i = 0; i < words->n && !ret; i++) {
		ret = subvolumes_add(&part->subvolumes, words->at[i].text, err);
		if (ret < 0)
			key_error(part, words->at[i].line, err,
				  error_prefix(err, ret, "Subvolumes="));
	}
	return ret;
}

static int open_blocks(struct part *part, struct lkl_error *err)
{
	struct stat st;

	part->blocks = definition_path(part->definition,
				       part->definition->copy_blocks);
	if (!part->blocks)
		return error_no_memory(err);
	if (stat(part->blocks, &st) < 0)
		return error_set(err, -errno,
				 "%s:%u: CopyBlocks=: cannot open %s: %s",
				 quote_name(part->definition->file),
				 part->definition->line,
				 quote_name(part->blocks), strerror(errno));
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return error_set(err, -EINVAL,
				 "%s:%u: CopyBlocks=: not a regular file with data: %s",
				 quote_name(part->definition->file),
				 part->definition->line,
				 quote_name(part->blocks));
	return 0;
}

static void add_own_file(struct part_context *context, const struct stat *st,
			 bool silent)
{
	context->own[context->settings.n_own++] = (struct own_file){
		.device = st->st_dev, .inode = st->st_ino, .silent = silent,
	};
}

void part_context_init(struct part_context *context,
		       const struct arguments *arguments)
{
	struct stat st;

	context->arguments = arguments;
	context->settings = arguments->settings;
	context->settings.own = context->own;
	context->settings.n_own = 0;
	if (output_target(arguments->output, &st))
		add_own_file(context, &st, false);
}

int part_open(struct part *part, const struct definition *definition,
	      unsigned int index, struct part_context *context,
	      char **users, size_t n_users, struct lkl_error *err)
{
	const struct arguments *arguments = context->arguments;
	const struct settings *settings = &arguments->settings;
	const struct identity *identity = &arguments->file_system.identity;
	int ret;

	*part = (struct part){
		.definition = definition, .index = index,
		.arguments = arguments, .context = context,
	};
	ret = find_kind(part, err);
	if (ret < 0)
		return ret;
	choose_labels(part);
	if (definition->copy_blocks)
		return open_blocks(part, err);
	ret = open_subvolumes(part, err);
	if (!ret && kind_of(part))
		ret = mkfs_find(kind_of(part), &part->mkfs, err);
	if (!ret && part->packer)
		ret = pack_find(part->packer, &part->pack_programs, err);
	if (!ret && kind_of(part))
		ret = mkfs_find_library(kind_of(part), identity->has_time,
					&part->mkfs_library, err);
	if (ret < 0 || !part->kind)
		return ret;
	part->has_contents = true;
	return part_contents_open(&part->contents, definition, users, n_users,
				  &settings->filter.exclude,
				  identity->has_time ? &identity->time : NULL,
				  err);
}

void part_close(struct part *part)
{
	if (part->content)
		output_discard(part->content);
	if (part->has_contents)
		part_contents_close(&part->contents);
	subvolumes_free(&part->subvolumes);
	pack_programs_free(&part->pack_programs);
	free(part->mkfs);
	free(part->mkfs_library);
	free(part->blocks);
}

/* Copies of inputs go into the folder of the image, which has the room. */
static int spool_inputs(struct part *part, struct lkl_error *err)
{
	const char *output = part->arguments->output;
	cleanup_free char *directory = output_folder(output);

	return directory ?
		inputs_spool(&part->contents.inputs, directory, err) :
		error_set(err, -errno, "%s: cannot find its folder: %s",
			  quote_name(output), strerror(errno));
}

/* Two file systems of one disk should not have the same UUID. */
static int choose_uuid(struct part *part, struct lkl_error *err)
{
	const struct kind *kind = kind_of(part);
	struct identifier identifier;
	char text[512];
	int ret;

	if (!kind || !(part->packer ? part->packer->uuid_option :
		       kind->uuid_option) ||
	    !part->arguments->file_system.identity.has_time)
		return 0;
	snprintf(text, sizeof(text), "file system %u %s %s %s %" PRIu64
		 " %" PRIu64, part->index, part->definition->type.guid,
		 part->label, part->definition->format, part->demand.inodes,
		 part->demand.data);
	ret = identifier_make(true, text, NULL, &identifier, err);
	if (ret < 0)
		return ret;
	if (strcmp(kind->name, "vfat"))
		identifier_guid(&identifier, part->fs_uuid);
	else
		snprintf(part->fs_uuid, sizeof(part->fs_uuid),
			 "%02x%02x-%02x%02x", identifier.bytes[0],
			 identifier.bytes[1], identifier.bytes[2],
			 identifier.bytes[3]);
	return 0;
}

int part_measure(struct part *part, struct lkl_error *err)
{
	const struct measuring measuring = {
		.inputs = &part->contents.inputs,
		.kind = part->kind,
		.settings = &part->context->settings,
		.common = &part->arguments->common,
		.container = &part->arguments->container,
	};
	int ret = 0;

	if (part->has_contents && part->contents.inputs.n) {
		ret = spool_inputs(part, err);
		if (!ret)
			ret = demand_measure(&measuring, &part->demand, err);
	}
	return ret < 0 ? ret : choose_uuid(part, err);
}

int part_new_content(struct part *part, struct lkl_error *err)
{
	struct stat st;
	int ret;

	if (part->content)
		return 0;
	ret = output_open(part->arguments->output, OUTPUT_NAMED, &part->content,
			  err);
	if (ret < 0)
		return error_prefix(err, ret, "%s",
				    quote_name(part->arguments->output));
	if (!stat(output_self(part->content), &st))
		add_own_file(part->context, &st, true);
	return 0;
}

static struct identity part_identity(const struct part *part)
{
	struct identity identity = part->arguments->file_system.identity;

	identity.label = part->fs_label[0] ? part->fs_label : NULL;
	identity.uuid = part->fs_uuid[0] ? part->fs_uuid : NULL;
	return identity;
}

/* Options of mkfs for sectors of 4096 bytes. */
static int sector_options(const struct part *part, const char **ret_options,
			  struct lkl_error *err)
{
	static const struct {
		const char *kind, *options;
	} table[] = {
		{ "vfat", "-S 4096" }, { "xfs", "-s size=4096" },
		{ "ext4", NULL }, { "ext3", NULL }, { "ext2", NULL },
		{ "btrfs", NULL },
	};
	size_t i;

	*ret_options = NULL;
	if (part->arguments->layout.sector_size == 512)
		return 0;
	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strcmp(table[i].kind, part->kind->name))
			continue;
		*ret_options = table[i].options;
		return 0;
	}
	return error_set(err, -ENOTSUP,
			 "%s:%u: Format=: cannot make %s for --sector-size=4096",
			 quote_name(part->definition->file),
			 part->definition->format_line, part->kind->name);
}

/*
 * Makes a file system in a file.
 * @size: 0: as small as possible
 */
static int build_in(struct part *part, const struct output *file,
		    uint64_t size, bool dry_run, struct built *built,
		    struct lkl_error *err)
{
	const struct arguments *arguments = part->arguments;
	struct common_options common = arguments->common;
	struct settings settings = part->context->settings;
	const struct building building = {
		.common = &common, .settings = &settings,
	};
	struct file_system wanted = {
		.kind = part->kind,
		.identity = part->packer ? arguments->file_system.identity :
			part_identity(part),
		.mkfs = part->mkfs, .mkfs_library = part->mkfs_library,
		.size = size, .subvolumes = part->subvolumes,
		.finish = skeleton_complete,
		.finish_opaque = part->definition,
		.dry_run = dry_run, .no_lost_found = part->packer,
	};
	const struct fill_target target = {
		.name = arguments->output, .format = "raw",
		.path = output_self(file),
	};
	int ret;

	if (part->packer) {
		settings.final_type = part->packer->name;
		settings.final_times = part->packer->times;
	}
	/* The user's UUID is that of the disk. */
	wanted.identity.uuid = part->fs_uuid[0] && !part->packer ?
		part->fs_uuid : NULL;
	ret = sector_options(part, &wanted.mkfs_options, err);
	if (ret < 0)
		return ret;
	/* The names were listed already. */
	common.verbose = false;
	ret = build_file_system(&wanted, &building, &part->contents.inputs,
				&part->demand, &target, built, err);
	if (ret < 0)
		return key_error(part, part->definition->line, err, ret);
	part->failures = built->filled.failures;
	return 0;
}

static int build_part(struct part *part, uint64_t size, bool dry_run,
		      struct built *built, struct lkl_error *err)
{
	int ret = part_new_content(part, err);

	if (!ret)
		ret = build_in(part, part->content, size, dry_run, built, err);
	if (!ret)
		part->built = dry_run ? 0 : built->size;
	return ret;
}

/* Make a read-only file system; its content decides the size. */
static int pack(struct part *part, uint64_t *ret_size, struct lkl_error *err)
{
	const struct identity identity = part_identity(part);
	struct output *scratch;
	struct built built;
	struct stat st;
	struct pack pack = {
		.packer = part->packer, .programs = &part->pack_programs,
		.identity = &identity, .root = &built.filled.root,
		.library = part->mkfs_library, .seed = part->label,
		.sandbox = part->arguments->common.sandbox,
		.name = part->arguments->output,
	};
	int ret = part_new_content(part, err);

	if (!ret)
		ret = output_open(part->arguments->output, OUTPUT_NAMED,
				  &scratch, err);
	if (ret < 0)
		return ret;
	if (!stat(output_self(scratch), &st))
		add_own_file(part->context, &st, true);
	ret = build_in(part, scratch, 0, false, &built, err);
	pack.scratch = output_self(scratch);
	pack.image = output_self(part->content);
	if (!ret)
		ret = pack_run(&pack, err);
	output_discard(scratch);
	if (!ret && stat(pack.image, &st) < 0)
		ret = error_set(err, -errno, "cannot look at a file: %s",
				strerror(errno));
	if (!ret)
		*ret_size = (uint64_t)st.st_size;
	return ret;
}

static int make_swap(struct part *part, uint64_t size, struct lkl_error *err)
{
	const struct identity identity = part_identity(part);
	const struct mkfs mkfs = {
		.kind = &swap_kind, .program = part->mkfs,
		.identity = &identity,
		.sandbox = part->arguments->common.sandbox,
		.library = part->mkfs_library, .seed = part->label,
	};
	int ret = part_new_content(part, err);

	if (!ret)
		ret = lkl_disk_create(output_self(part->content), "raw", size,
				      err);
	if (!ret)
		ret = mkfs_run(&mkfs, output_self(part->content), err);
	return part->content ? error_drop_prefix(err, ret,
			output_self(part->content)) : ret;
}

/* The rest of the partition is zero. */
static int copy_blocks(struct part *part, uint64_t size, struct lkl_error *err)
{
	struct stat st;
	int ret;

	if (stat(part->blocks, &st) < 0)
		return error_set(err, -errno, "%s: %s",
				 quote_name(part->blocks), strerror(errno));
	if ((uint64_t)st.st_size > size)
		return error_set(err, -ENOSPC,
				 "SizeMaxBytes=: the content needs %" PRIu64
				 " bytes", (uint64_t)st.st_size);
	ret = part_new_content(part, err);
	if (!ret)
		ret = lkl_disk_create(output_self(part->content), "raw", size,
				      err);
	if (!ret)
		ret = assemble_part(part->blocks, output_self(part->content),
				    0, size, err);
	return ret < 0 && part->content ? error_drop_prefix(err, ret,
			output_self(part->content)) : ret;
}

int part_make(struct part *part, uint64_t size, struct lkl_error *err)
{
	struct built built;
	uint64_t packed;
	int ret = 0;

	if (part->built == size)
		return 0;
	if (part->packer) {
		/* The rest of the partition stays zero. */
		if (part->built && part->built <= size)
			return 0;
		ret = pack(part, &packed, err);
		if (!ret && packed > size)
			return error_set(err, -ENOSPC,
					 "%s:%u: SizeMaxBytes=: the content needs %" PRIu64
					 " bytes",
					 quote_name(part->definition->file),
					 part->definition->line, packed);
		return ret;
	}
	if (part->kind)
		return build_part(part, size, false, &built, err);
	if (part->is_swap)
		ret = make_swap(part, size, err);
	if (part->blocks) {
		ret = copy_blocks(part, size, err);
		if (ret < 0)
			key_error(part, part->definition->line, err, ret);
	}
	part->built = size;
	return ret;
}

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + GRAIN - 1) / GRAIN * GRAIN;
}

/* The least size by the content, without SizeMinBytes=. */
static int least_size(struct part *part, bool exactly, uint64_t wanted,
		      uint64_t *ret_least, struct lkl_error *err)
{
	bool dry_run = part->arguments->file_system.dry_run;
	struct built built;
	struct stat st;
	int ret = 0;

	*ret_least = GRAIN;
	if (part->blocks) {
		if (stat(part->blocks, &st) < 0)
			return error_set(err, -errno, "%s: %s",
					 quote_name(part->blocks),
					 strerror(errno));
		*ret_least = round_up((uint64_t)st.st_size);
	}
	if (part->is_swap)
		*ret_least = swap_kind.least;
	if (!part->kind)
		return 0;
	if (part->packer) {
		ret = pack(part, ret_least, err);
		part->built = *ret_least = round_up(*ret_least);
		return ret;
	}
	ret = build_part(part, 0, true, &built, err);
	/* A dry run estimates; the size has to be exact if the partition gets it. */
	if (!ret && exactly && !dry_run &&
	    built.size + built.size / 16 > wanted)
		ret = build_part(part, 0, false, &built, err);
	if (!ret)
		*ret_least = round_up(built.size);
	return ret;
}

int part_find_size(struct part *part, bool may_grow,
		   struct part_size *ret_size, struct lkl_error *err)
{
	const struct definition *definition = part->definition;
	uint64_t min = definition->has_size_min ? definition->size_min :
		definition->minimize ? GRAIN : DEFAULT_SIZE_MIN;
	uint64_t max = definition->size_max ? definition->size_max :
		UINT64_MAX;
	uint64_t least;
	int ret;

	if (!definition->has_size_min && min > max)
		min = max;
	ret_size->grows = may_grow && definition->weight &&
		!definition->minimize && min < max &&
		definition->verity != VERITY_DATA;
	/* The definition gives the size, whatever the content is. */
	if (min == max) {
		ret_size->min = ret_size->max = min;
		return 0;
	}
	ret = least_size(part, !ret_size->grows, min, &least, err);
	if (ret < 0)
		return ret;
	if (least > max)
		return error_set(err, -ENOSPC,
				 "%s:%u: SizeMaxBytes=: the content needs %" PRIu64
				 " bytes", quote_name(definition->file),
				 definition->line, least);
	ret_size->min = least > min ? least : min;
	ret_size->max = ret_size->grows ? max : ret_size->min;
	return 0;
}
