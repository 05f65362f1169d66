// SPDX-License-Identifier: GPL-2.0-only
/*
 * arguments.c - the command line of tar2fs.
 */
#include "arguments.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/parse.h"
#include "common/copy/archive-stream.h"
#include "common/copy/settings-options.h"
#include "common/error.h"
#include "layout/options.h"
#include "layout/table.h"

enum {
	KEY_SIZE = OPTION_LONG_ONLY,
	KEY_FREE,
	KEY_LABEL,
	KEY_UUID,
	KEY_MKFS_OPTIONS,
	KEY_FORMAT,
	KEY_SYNC,
	KEY_SUBVOLUME,
	KEY_SNAPSHOT,
	KEY_COMPRESS,
	KEY_DRY_RUN,
	KEY_IMAGE_TAG,
	KEY_PLATFORM,
	KEY_MAX_UNPACKED,
};

/* ext4 keeps 5 % for root, and needs some for inodes. */
#define FREE_PERCENT_MAX 90u

static const struct option_entry file_system_entries[] = {
	{ 't', "type", "TYPE",
	  "ext4, ext3, ext2, xfs, btrfs, f2fs, vfat, exfat, ntfs,\n"
	  "squashfs or erofs "
	  "(default: the suffix of IMAGE, or ext4)" },
	{ KEY_SIZE, "size", "SIZE",
	  "size of the file system (default: the smallest that works)" },
	{ KEY_FREE, "free", "SIZE|N%",
	  "room to leave free: bytes, or percent of the file system" },
	{ KEY_LABEL, "label", "LABEL", "label of the file system" },
	{ KEY_UUID, "uuid", "UUID", "UUID of the file system" },
	{ KEY_MKFS_OPTIONS, "mkfs-options", "OPTIONS",
	  "more options for mkfs, separated by spaces" },
	{ KEY_FORMAT, "format", "FORMAT", 
	  "format of the image: raw or qcow2 (default: from the\n"
	  "suffix of IMAGE)" },
	{ KEY_SUBVOLUME, "subvolume", "PATH",
	  "btrfs: make a subvolume of this directory" },
	{ KEY_SNAPSHOT, "snapshot", "SOURCE:NAME",
	  "btrfs: make a read-only snapshot of a subvolume" },
	{ KEY_COMPRESS, "compress", "METHOD",
	  "btrfs: compress the files: zstd, zstd:LEVEL, lzo or zlib" },
	{ KEY_SYNC, "sync", NULL, "wait until IMAGE is on stable storage" },
	{ 0 }
};

static const struct option_entry copy_entries[] = {
	{ SETTINGS_EXCLUDE, "exclude", "PATTERN",
	  "leave out files that match, and everything below them" },
	{ SETTINGS_SORT, "sort", "ORDER",
	  "order in directories: name, inode, none (default)" },
	{ KEY_DRY_RUN, "dry-run", NULL,
	  "make no image; tell its size, and with -v list the files" },
	{ SETTINGS_OWNER, "owner", "NAME",
	  "the owner of all files, a name or a number" },
	{ SETTINGS_GROUP, "group", "NAME", "the group of all files" },
	{ SETTINGS_CHOWN_MAP, "chown-map", "FROM:TO[:N]",
	  "map N ids that start at FROM to those that start at TO;\n"
	  "u: or g: in front: only those of users or groups" },
	{ SETTINGS_MTIME, "mtime", "DATE",
	  "the time of all files: a date, @SECONDS or a file" },
	{ SETTINGS_CLAMP_MTIME, "clamp-mtime", NULL,
	  "with --mtime: change only the times of newer files" },
	{ KEY_MAX_UNPACKED, "max-unpacked", "SIZE",
	  "limit for an archive, or the layers of a container image,\n"
	  "decompressed (default: 1 GiB and 100 times its files)" },
	{ 0 }
};

static const struct option_entry container_entries[] = {
	{ KEY_IMAGE_TAG, "image-tag", "TAG",
	  "the image to take, if an input has several" },
	{ KEY_PLATFORM, "platform", "OS/ARCH[/VARIANT]",
	  "the platform to take the image for (default: this machine's,\n"
	  "or the only one)" },
	{ 0 }
};

/* "500M" or "10%". */
static int parse_free(const char *argument, struct file_system *file_system,
		      struct lkl_error *err)
{
	size_t len = strlen(argument);
	uint64_t percent;
	char digits[4];

	if (!len || argument[len - 1] != '%')
		return parse_size(argument, &file_system->free_bytes, err);
	snprintf(digits, sizeof(digits), "%.*s", (int)len - 1, argument);
	if (len > sizeof(digits) ||
	    parse_number(digits, FREE_PERCENT_MAX, &percent, err) < 0)
		return error_set(err, -EINVAL, "not from 0%% to %u%%: %s",
				 FREE_PERCENT_MAX, argument);
	file_system->free_percent = (unsigned int)percent;
	return 0;
}

/* "zstd" or "zstd:3".  The kernel would take any level. */
static int check_compression(const char *argument, struct lkl_error *err)
{
	static const struct {
		const char *method;
		unsigned int levels;
	} methods[] = { { "zstd", 15 }, { "zlib", 9 }, { "lzo", 0 } };
	const size_t len = strcspn(argument, ":");
	uint64_t level;
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (strlen(methods[i].method) != len ||
		    strncmp(argument, methods[i].method, len))
			continue;
		if (!argument[len])
			return 0;
		if (!parse_number(argument + len + 1, methods[i].levels,
				  &level, err) && level)
			return 0;
	}
	return error_set(err, -EINVAL,
			 "not zstd, zlib or lzo, nor zstd:1 to zstd:15 or zlib:1 to zlib:9: %s",
			 argument);
}

static int handle_file_system(int key, const char *argument, void *target,
			      struct lkl_error *err)
{
	struct arguments *arguments = target;
	struct file_system *file_system = &arguments->file_system;

	switch (key) {
	case 't':
		arguments->type = argument;
		return 0;
	case KEY_SIZE:
		return parse_size_above_zero(argument, &file_system->size, err);
	case KEY_FREE:
		return parse_free(argument, file_system, err);
	case KEY_LABEL:
		file_system->identity.label = argument;
		return 0;
	case KEY_UUID:
		file_system->identity.uuid = argument;
		return 0;
	case KEY_MKFS_OPTIONS:
		file_system->mkfs_options = argument;
		return 0;
	case KEY_FORMAT:
		if (strcmp(argument, "raw") && strcmp(argument, "qcow2"))
			return error_set(err, -EINVAL,
					 "cannot make images of this format: %s",
					 argument);
		arguments->format = argument;
		return 0;
	case KEY_SUBVOLUME:
		return subvolumes_add(&file_system->subvolumes, argument, err);
	case KEY_SNAPSHOT:
		return subvolumes_add_snapshot(&file_system->subvolumes,
					       argument, err);
	case KEY_COMPRESS:
		file_system->compress = argument;
		return check_compression(argument, err);
	case KEY_SYNC:
		arguments->sync = true;
		return 0;
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

static int handle_copy(int key, const char *argument, void *target,
		       struct lkl_error *err)
{
	struct arguments *arguments = target;

	switch (key) {
	case KEY_DRY_RUN:
		arguments->file_system.dry_run = true;
		return 0;
	case KEY_MAX_UNPACKED:
		return parse_size_above_zero(argument,
				&arguments->container.max_unpacked, err);
	}
	return settings_handle_option(key, argument, &arguments->settings, err);
}

static int handle_container(int key, const char *argument, void *target,
			    struct lkl_error *err)
{
	struct arguments *arguments = target;
	struct platform platform;

	switch (key) {
	case KEY_IMAGE_TAG:
		if (!*argument)
			return error_set(err, -EINVAL, "empty tag");
		arguments->image_tag = argument;
		return 0;
	case KEY_PLATFORM:
		arguments->platform = argument;
		return platform_parse(argument, &platform, err);
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

static bool has_suffix(const char *path, const char *suffix)
{
	size_t len = strlen(path), suffix_len = strlen(suffix);

	return len > suffix_len && !strcmp(path + len - suffix_len, suffix);
}

/* Suffixes of types that tar2fs does not make: an ext4 of such a name would surprise. */
static int check_suffix(const char *path, bool has_type, bool has_format,
			struct lkl_error *err)
{
	static const char *const formats[] = {
		".vmdk", ".vdi", ".vhd", ".vhdx", ".qcow", ".qed", ".gz",
		".bz2", ".xz", ".zst", ".lz4", ".tgz", ".zip", ".tar", ".cpio",
		".dmg",
	};
	static const char *const types[] = {
		"sqfs", "squash", "sfs", "iso", "udf", "cramfs", "ext",
		"fat", "fat12", "fat16", "fat32", "msdos", "ntfs3", "efs",
		"romfs", "jfs", "reiserfs", "bcachefs", "zfs", "minix",
		"hfs", "hfsplus", "apfs", "jffs2", "ubifs",
	};
	char suffix[TYPE_SUFFIX_MAX];
	size_t i;

	for (i = 0; !has_format && i < sizeof(formats) / sizeof(*formats); i++)
		if (has_suffix(path, formats[i]))
			return error_set(err, -EINVAL,
					 "cannot make %s files; --format=raw or --format=qcow2 makes an image of this name",
					 formats[i]);
	type_suffix(path, suffix);
	for (i = 0; !has_type && i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(suffix, types[i]))
			return error_set(err, -EINVAL,
					 "cannot make %s; --type=TYPE makes another file system of this name",
					 types[i]);
	return 0;
}

/* The image of a packer has the size of its contents, and is raw. */
static int choose_packer(struct arguments *arguments, struct lkl_error *err)
{
	struct file_system *file_system = &arguments->file_system;
	const char *option = file_system->size ? "--size" :
		file_system->free_bytes || file_system->free_percent ?
		"--free" : strcmp(arguments->format, "raw") ?
		"--format=qcow2" : NULL;

	if (option)
		return error_set(err, -EINVAL, "%s is not for %s", option,
				 arguments->packer->name);
	file_system->kind = kind_find("ext4");
	file_system->no_lost_found = true;
	arguments->settings.final_type = arguments->packer->name;
	arguments->settings.final_times = arguments->packer->times;
	arguments->pack_options = file_system->mkfs_options;
	file_system->mkfs_options = NULL;
	return packer_check_identity(arguments->packer, &file_system->identity,
				     err);
}

static int choose_kind(struct arguments *arguments, struct lkl_error *err)
{
	const struct kind *kind;
	char names[128];

	if (arguments->layout.path)
		return 0;
	arguments->packer = arguments->type ? packer_find(arguments->type) :
		packer_by_suffix(arguments->output);
	if (arguments->packer)
		return choose_packer(arguments, err);
	if (arguments->type) {
		kind = kind_find(arguments->type);
		if (!kind)
			return error_set(err, -EINVAL,
					 "--type: not one of %s, squashfs, erofs: %s",
					 kind_names(names, sizeof(names)),
					 arguments->type);
	} else {
		kind = kind_by_suffix(arguments->output);
		if (!kind)
			kind = kind_find("ext4");
	}
	arguments->file_system.kind = kind;
	return kind_check_identity(kind, &arguments->file_system.identity, err);
}

/* The last second of 2231: the kernel's clock, which begins then, ends in 2232. */
#define MTIME_MAX	8267875199

/* Without --mtime, the time is SOURCE_DATE_EPOCH. */
static int check_mtime(const struct arguments *arguments, bool from_epoch,
		       struct lkl_error *err)
{
	const struct mtime *mtime = &arguments->settings.mtime;

	if (!mtime->set || mtime->time.sec <= MTIME_MAX)
		return 0;
	return error_set(err, -EINVAL, "%s: later than the year 2231: @%" PRId64,
			 from_epoch ? "SOURCE_DATE_EPOCH" : "--mtime",
			 mtime->time.sec);
}

/* With a time, the same inputs make the same image, byte for byte. */
static void make_reproducible(struct arguments *arguments)
{
	struct file_system *file_system = &arguments->file_system;
	struct settings *settings = &arguments->settings;

	file_system->identity.has_time = true;
	file_system->identity.time = settings->mtime.time;
	settings->reproducible = true;
	if (!settings->has_sort)
		settings->sort = SORT_NAME;
	/* The holes in a folder depend on how its files were written. */
	settings->holes = HOLES_ALWAYS;
	arguments->common.deterministic = true;
	arguments->common.start_time = mtime_nanoseconds(&settings->mtime);
}

/* Checks combinations, and sets defaults that depend on other options. */
static int check_combinations(struct arguments *arguments, int argc,
			      char **argv, int first, struct lkl_error *err)
{
	struct file_system *file_system = &arguments->file_system;
	struct settings *settings = &arguments->settings;
	const char *seen = NULL;
	int i, ret;

	/* A layout may name all inputs. */
	if (argc - first < (arguments->layout.path ? 1 : 2))
		return error_set(err, -EINVAL, argc == first ?
				 "no inputs and no image given" :
				 "no image given after %s", argv[first]);
	/* As of a variable of a script that has no value. */
	for (i = first; i < argc; i++)
		if (!*argv[i])
			return error_set(err, -EINVAL,
					 "an empty name is no input and no image");
	arguments->inputs = argv + first;
	arguments->n_inputs = (size_t)(argc - first - 1);
	arguments->output = argv[argc - 1];
	if (!strcmp(arguments->output, "-"))
		return error_set(err, -EINVAL,
				 "an image cannot be written to standard output");
	for (i = first; i < argc - 1; i++) {
		if (strcmp(argv[i], "-"))
			continue;
		if (seen)
			return error_set(err, -EINVAL,
					 "standard input can be only one of the inputs");
		seen = argv[i];
	}
	if (file_system->size &&
	    (file_system->free_bytes || file_system->free_percent))
		return error_set(err, -EINVAL,
				 "--size and --free exclude each other");
	ret = check_suffix(arguments->output,
			   arguments->type || arguments->layout.path,
			   arguments->format, err);
	if (ret < 0)
		return ret;
	if (!arguments->format)
		arguments->format = has_suffix(arguments->output, ".qcow2") ?
			"qcow2" : "raw";
	ret = layout_options_check(arguments, err);
	if (!ret)
		ret = choose_kind(arguments, err);
	if (!ret && file_system->kind &&
	    strcmp(file_system->kind->name, "btrfs") &&
	    (file_system->compress || file_system->subvolumes.n ||
	     file_system->subvolumes.n_snapshots))
		ret = error_set(err, -EINVAL,
				"--compress, --subvolume and --snapshot are only for btrfs, not for %s",
				arguments->packer ? arguments->packer->name :
				file_system->kind->name);
	if (!ret)
		ret = container_options_init(&arguments->container,
					     arguments->image_tag,
					     arguments->platform, err);
	if (ret < 0)
		return ret;
	ret = mtime_complete(&settings->mtime, err);
	if (ret >= 0)
		ret = check_mtime(arguments, ret > 0, err);
	if (settings->mtime.set)
		make_reproducible(arguments);
	return ret < 0 ? ret : 1;
}

static const char *features(char *buf, size_t size)
{
	size_t len;

	archive_features(buf, size);
	len = strlen(buf);
	if (*table_features())
		snprintf(buf + len, size - len, "%s%s", len ? " " : "",
			 table_features());
	return buf;
}

int arguments_parse(int argc, char **argv, struct arguments *ret_arguments,
		    struct lkl_error *err)
{
	struct arguments arguments = {
		.common = COMMON_OPTIONS_DEFAULT,
		.settings = {
			.keep = KEEP_ALL,
			.replace = true,
			.remove_existing = true,
		},
	};
	const struct option_group groups[] = {
		{
			.title = "The file system",
			.entries = file_system_entries,
			.handle = handle_file_system,
			.target = &arguments,
		},
		layout_options_group(&arguments), {
			.title = "Files",
			.entries = copy_entries,
			.handle = handle_copy,
			.target = &arguments,
		}, {
			.title = "Container images",
			.entries = container_entries,
			.handle = handle_container,
			.target = &arguments,
		},
		common_running_options_group(&arguments.common),
	};
	const struct option_usage usage = {
		.program = "tar2fs",
		.operands = "INPUT... IMAGE",
		.summary = "Make a disk image from folders and tar archives, without root and without\n"
			   "mounting it.",
		.notes = "INPUT is a directory, whose contents are copied, a tar archive, or a container\n"
			 "image: an OCI image layout or what docker save writes; - is standard input.\n"
			 "Later inputs go over earlier ones.\n"
			 MTIME_EPOCH_NOTE
			 "The exit status is 0 if everything is in the image, 1 if anything is\n"
			 "missing, 2 if the command line is wrong.",
		.features = features,
		.groups = groups,
		.n_groups = sizeof(groups) / sizeof(*groups),
	};
	int ret;

	ret = options_parse(&usage, argc, argv, err);
	if (ret > 0)
		ret = check_combinations(&arguments, argc, argv, ret, err);
	if (ret <= 0)
		arguments_free(&arguments);
	else
		*ret_arguments = arguments;
	return ret;
}

const char *arguments_container_option(const struct arguments *arguments)
{
	return arguments->image_tag ? "--image-tag" :
		arguments->platform ? "--platform" : NULL;
}

void arguments_free(struct arguments *arguments)
{
	filter_free(&arguments->settings.filter);
	owners_free(&arguments->settings.owners);
	subvolumes_free(&arguments->file_system.subvolumes);
}
