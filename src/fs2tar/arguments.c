// SPDX-License-Identifier: GPL-2.0-only
/*
 * arguments.c - the command line of fs2tar.
 */
#include "arguments.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/date.h"
#include "common/error.h"
#include "common/cli/parse.h"

enum {
	KEY_EXCLUDE = OPTION_LONG_ONLY,
	KEY_INCLUDE,
	KEY_SORT,
	KEY_MTIME,
	KEY_CLAMP_MTIME,
	KEY_OWNER,
	KEY_GROUP,
	KEY_NUMERIC_OWNER,
	KEY_ZSTD,
	KEY_COMPRESS,
	KEY_LEVEL,
	KEY_THREADS,
	KEY_SYNC,
	KEY_FOR_BUILDER,
	KEY_READER_REPORTS,
};

/* From the older tool of this name. */
static const struct option_letter letters[] = {
	{ 'p', "kernel-log" },
	{ 0 }
};

static const struct option_entry old_entries[] = {
	{ 's', "selinux-contexts", "FILE", "refused" },
	{ 0 }
};

/* The first is for tar2fs, the second for lklfs. */
static const struct option_entry internal_entries[] = {
	{ KEY_FOR_BUILDER, "for-builder", NULL,
	  "write holes as zeroes: mksquashfs 4.5 reads no sparse files" },
	{ KEY_READER_REPORTS, "reader-reports", NULL,
	  "do not say that the reader of the archive has ended: it says why" },
	{ 0 }
};

static const struct option_entry selection_entries[] = {
	{ 'C', "directory", "DIR", "write only this directory of the image" },
	{ KEY_EXCLUDE, "exclude", "PATTERN",
	  "leave out files that match, and everything below them" },
	{ KEY_INCLUDE, "include", "PATTERN",
	  "write only files that match, and everything below them" },
	{ 0 }
};

static const struct option_entry archive_entries[] = {
	{ KEY_SORT, "sort", "ORDER",
	  "order in directories: name, inode, none (default)" },
	{ KEY_MTIME, "mtime", "DATE",
	  "the time of all files: a date, @SECONDS or a file" },
	{ KEY_CLAMP_MTIME, "clamp-mtime", NULL,
	  "with --mtime: change only the times of newer files" },
	{ KEY_OWNER, "owner", "NAME[:UID]", "set the owner of all files" },
	{ KEY_GROUP, "group", "NAME[:GID]", "set the group of all files" },
	{ KEY_NUMERIC_OWNER, "numeric-owner", NULL,
	  "use only the numbers of --owner and --group" },
	{ 0 }
};

static const struct option_entry output_entries[] = {
	{ 'z', "gzip", NULL, "compress with gzip" },
	{ 'j', "bzip2", NULL, "compress with bzip2" },
	{ 'J', "xz", NULL, "compress with xz" },
	{ KEY_ZSTD, "zstd", NULL, "compress with zstd" },
	{ KEY_COMPRESS, "compress", "METHOD",
	  "gzip, bzip2, xz, zstd, lz4 or none\n"
	  "(default: from the suffix of TARFILE)" },
	{ KEY_LEVEL, "compress-level", "N", "the level of the method" },
	{ KEY_THREADS, "threads", "N",
	  "threads for xz and zstd (default: one for each processor, at most 8)" },
	{ KEY_SYNC, "sync", NULL,
	  "wait until TARFILE is on stable storage" },
	{ 0 }
};

static int handle_selection(int key, const char *argument, void *target,
			    struct lkl_error *err)
{
	struct arguments *arguments = target;
	struct filter *filter = &arguments->settings.filter;

	switch (key) {
	case 'C':
		if (!*argument)
			return error_set(err, -EINVAL, "empty name");
		arguments->directory = argument;
		return 0;
	case KEY_EXCLUDE:
		return patterns_parse(&filter->exclude, argument, err);
	case KEY_INCLUDE:
		return patterns_parse(&filter->include, argument, err);
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

static int handle_archive(int key, const char *argument, void *target,
			  struct lkl_error *err)
{
	struct settings *settings = &((struct arguments *)target)->settings;

	switch (key) {
	case KEY_SORT:
		settings->has_sort = true;
		return directory_parse_sort(argument, &settings->sort, err);
	case KEY_MTIME:
		return mtime_parse(argument, &settings->mtime, err);
	case KEY_CLAMP_MTIME:
		settings->mtime.clamp = true;
		return 0;
	case KEY_OWNER:
		return owner_parse(argument, false, &settings->owner, err);
	case KEY_GROUP:
		return owner_parse(argument, true, &settings->group, err);
	case KEY_NUMERIC_OWNER:
		settings->numeric_owner = true;
		return 0;
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

static int set_compress(struct arguments *arguments, const char *name,
			struct lkl_error *err)
{
	arguments->compress = compress_find(name);
	if (!arguments->compress)
		return error_set(err, -EINVAL, "unknown method: %s", name);
	return 0;
}

static int handle_output(int key, const char *argument, void *target,
			 struct lkl_error *err)
{
	struct arguments *arguments = target;
	uint64_t number;
	int ret;

	switch (key) {
	case 'z':
		return set_compress(arguments, "gzip", err);
	case 'j':
		return set_compress(arguments, "bzip2", err);
	case 'J':
		return set_compress(arguments, "xz", err);
	case KEY_ZSTD:
		return set_compress(arguments, "zstd", err);
	case KEY_COMPRESS:
		return set_compress(arguments, argument, err);
	case KEY_LEVEL:
		ret = parse_number(argument, 99, &number, err);
		if (!ret)
			arguments->level = (int)number;
		return ret;
	case KEY_THREADS:
		ret = parse_number(argument, 64, &number, err);
		if (!ret)
			arguments->threads = (unsigned int)number;
		return ret;
	case KEY_SYNC:
		arguments->sync = true;
		return 0;
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

static int handle_old(int key, const char *argument, void *target,
		      struct lkl_error *err)
{
	(void)key;
	(void)target;
	return error_set(err, -EINVAL,
			 "cannot write %s; the archive holds the contexts, as attributes named security.selinux",
			 argument);
}

static int handle_internal(int key, const char *argument, void *target,
			   struct lkl_error *err)
{
	struct arguments *arguments = target;

	(void)argument;
	switch (key) {
	case KEY_FOR_BUILDER:
		arguments->settings.plain_files = true;
		return 0;
	case KEY_READER_REPORTS:
		arguments->reader_reports = true;
		return 0;
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

/* Checks combinations, and sets defaults that depend on other options. */
static int check_combinations(struct arguments *arguments, int argc, char **argv,
			      int first, struct lkl_error *err)
{
	struct settings *settings = &arguments->settings;
	int ret;

	if (argc - first < 1)
		return error_set(err, -EINVAL, "no image given");
	if (argc - first > 2)
		return error_set(err, -EINVAL, "more than two operands: %s",
				 argv[first + 2]);
	arguments->image = argv[first];
	/* As of a variable of a script that has no value. */
	if (!*arguments->image)
		return error_set(err, -EINVAL, "the name of the image is empty");
	if (argc - first == 2 && !*argv[first + 1])
		return error_set(err, -EINVAL,
				 "the name of the archive is empty");
	if (argc - first == 2 && strcmp(argv[first + 1], "-"))
		arguments->output = argv[first + 1];

	ret = mtime_complete(&settings->mtime, err);
	if (ret < 0)
		return ret;
	if (ret > 0 && !settings->has_sort)
		settings->sort = SORT_NAME;
	if (!arguments->compress)
		arguments->compress = compress_by_suffix(arguments->output);
	if (!arguments->compress)
		return error_set(err, -EINVAL,
				 "cannot compress as the suffix says (--compress chooses a method): %s",
				 arguments->output);
	if (arguments->level >= 0 && compress_is_none(arguments->compress))
		return error_set(err, -EINVAL,
				 "--compress-level without compression");
	return 1;
}

int arguments_parse(int argc, char **argv, struct arguments *ret_arguments,
		    struct lkl_error *err)
{
	struct arguments arguments = {
		.common = COMMON_OPTIONS_DEFAULT,
		.level = -1,
	};
	const struct option_group groups[] = {
		common_options_group(&arguments.common),
		{
			.title = "Files to write",
			.entries = selection_entries,
			.handle = handle_selection,
			.target = &arguments,
		}, {
			.title = "The archive",
			.entries = archive_entries,
			.handle = handle_archive,
			.target = &arguments,
		}, {
			.title = "Output",
			.entries = output_entries,
			.handle = handle_output,
			.target = &arguments,
		},
		common_old_options_group(&arguments.common),
		{
			.entries = old_entries,
			.handle = handle_old,
			.hidden = true,
		}, {
			.entries = internal_entries,
			.handle = handle_internal,
			.target = &arguments,
			.hidden = true,
		},
	};
	const struct option_usage usage = {
		.program = "fs2tar",
		.operands = "IMAGE [TARFILE]",
		.summary = "Write the files of a disk image into a tar archive, without root and\n"
			   "without mounting it.",
		.notes = "TARFILE may be - for standard output, which is the default.\n"
			 MTIME_EPOCH_NOTE
			 "The exit status is 0 if everything is in the archive, 1 if anything is\n"
			 "missing, 2 if the command line is wrong.",
		.features = compress_features,
		.letters = letters,
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

void arguments_free(struct arguments *arguments)
{
	filter_free(&arguments->settings.filter);
	free(arguments->settings.owner.name);
	free(arguments->settings.group.name);
}
