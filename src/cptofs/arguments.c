// SPDX-License-Identifier: GPL-2.0-only
/*
 * arguments.c - the command line of cptofs and cpfromfs.
 *
 * Both names of the program share one option table.  An option that makes
 * no sense in one direction is refused there.
 */
#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/copy/archive.h"
#include "common/copy/settings-options.h"
#include "common/error.h"

enum {
	KEY_PRESERVE = OPTION_LONG_ONLY,
	KEY_NO_PRESERVE,
	KEY_NO_DEREFERENCE,
	KEY_REMOVE_DESTINATION,
	KEY_SPARSE,
	KEY_MKDIR,
	KEY_TARGET_DIRECTORY,
	KEY_TAR,
	KEY_DRY_RUN,
	KEY_REPRODUCIBLE,
	KEY_NO_SYNC,
	KEY_FILESYSTEM_IMAGE,
	KEY_SELINUX,
};

/* Short options, most of them known from older tools and from cp. */
static const struct option_letter letters[] = {
	{ 'i', "image" },
	{ 't', "type" },
	{ 'P', "partition" },
	{ 'p', "kernel-log" },
	{ 'm', "mb" },
	{ 's', "selinux-label" },
	{ 'o', "owner" },
	{ 'g', "group" },
	{ 'a', "archive" },
	{ 'r', "recursive" },
	{ 'L', "dereference" },
	{ 'H', "dereference-operands" },
	{ 'n', "no-clobber" },
	{ 'f', "force" },
	{ 'u', "update" },
	{ 'v', "verbose" },
	{ 'T', "no-target-directory" },
	{ 'x', "one-file-system" },
	{ 0 }
};

/* More names, from the older tools. */
static const struct option_entry old_entries[] = {
	{ KEY_FILESYSTEM_IMAGE, "filesystem-image", "IMAGE", "--image" },
	{ KEY_SELINUX, "selinux", "LABEL", "--selinux-label" },
	{ 0 }
};

static const struct option_entry image_entries[] = {
	{ 'i', "image", "IMAGE", "the disk image (required)" },
	{ 0 }
};

static const struct option_entry selection_entries[] = {
	{ 'r', "recursive", NULL,
	  "copy directories and everything in them (default)" },
	{ 'R', "", NULL, "the same as -r" },
	{ SETTINGS_EXCLUDE, "exclude", "PATTERN",
	  "leave out files that match, and everything below them" },
	{ 'L', "dereference", NULL,
	  "copy the files that symbolic links lead to" },
	{ 'H', "dereference-operands", NULL,
	  "the same, only for links named as SOURCE" },
	{ KEY_NO_DEREFERENCE, "no-dereference", NULL,
	  "copy symbolic links as links (default)" },
	{ 'd', "", NULL, "the same as --no-dereference --preserve=links" },
	{ 'x', "one-file-system", NULL,
	  "do not enter other mounted file systems" },
	{ KEY_TAR, "tar", "FILE",
	  "cptofs: unpack this tar archive instead of SOURCE;\n"
	  "- is standard input" },
	{ SETTINGS_SORT, "sort", "ORDER",
	  "order in directories: name, inode, none (default)" },
	{ KEY_DRY_RUN, "dry-run", NULL,
	  "change nothing; with -v, list what would be copied" },
	{ 0 }
};

static const struct option_entry destination_entries[] = {
	{ KEY_TARGET_DIRECTORY, "target-directory", "DIR",
	  "copy all SOURCEs into this directory" },
	{ 'T', "no-target-directory", NULL,
	  "DEST is the name of the copy, not a directory for it" },
	{ KEY_MKDIR, "mkdir", NULL, "make missing directories of DEST" },
	{ 'n', "no-clobber", NULL, "do not overwrite existing files" },
	{ 'u', "update", NULL, "overwrite existing files only if they are older" },
	{ 'f', "force", NULL, "remove existing files that cannot be written to" },
	{ KEY_REMOVE_DESTINATION, "remove-destination", NULL,
	  "remove each existing file before copying" },
	{ KEY_NO_SYNC, "no-sync", NULL,
	  "cpfromfs: do not wait until everything is on disk" },
	{ 0 }
};

static const struct option_entry attribute_entries[] = {
	{ 'a', "archive", NULL,
	  "keep everything and copy links as links (default)" },
	{ KEY_PRESERVE, "preserve", "[LIST]",
	  "keep only these attributes: mode, ownership, timestamps,\n"
	  "links, context, xattr, all (the default)" },
	{ KEY_NO_PRESERVE, "no-preserve", "LIST", "do not keep these" },
	{ KEY_SPARSE, "sparse", "WHEN",
	  "make holes: auto (as in SOURCE), always (also for\n"
	  "zeroes), never" },
	{ SETTINGS_OWNER, "owner", "NAME", "the owner of all copies, a name or a number" },
	{ SETTINGS_GROUP, "group", "NAME", "the group of all copies" },
	{ SETTINGS_CHOWN_MAP, "chown-map", "FROM:TO[:N]",
	  "map N ids that start at FROM to those that start at TO;\n"
	  "u: or g: in front: only those of users or groups" },
	{ 's', "selinux-label", "LABEL", "the SELinux label of all copies" },
	{ SETTINGS_MTIME, "mtime", "DATE",
	  "the time of all copies: a date, @SECONDS or a file" },
	{ SETTINGS_CLAMP_MTIME, "clamp-mtime", NULL,
	  "with --mtime: change only the times of newer files" },
	{ KEY_REPRODUCIBLE, "reproducible", NULL,
	  "cptofs: make the same bytes of the same files, with the\n"
	  "time of --mtime or SOURCE_DATE_EPOCH as the present" },
	{ 0 }
};

static int handle_image(int key, const char *argument, void *target,
			struct lkl_error *err)
{
	struct arguments *arguments = target;

	(void)key;
	if (!*argument)
		return error_set(err, -EINVAL, "empty name");
	arguments->image = argument;
	return 0;
}

/* The first list replaces the default; later ones add to it. */
static void add_kept_attributes(struct arguments *arguments, unsigned int keep)
{
	if (!arguments->chose_keep)
		arguments->settings.keep = 0;
	arguments->chose_keep = true;
	arguments->settings.keep |= keep;
}

static int handle_selection(int key, const char *argument, void *target,
			    struct lkl_error *err)
{
	struct arguments *arguments = target;
	struct settings *settings = &arguments->settings;

	switch (key) {
	case 'r':
	case 'R':
		return 0;
	case 'd':
		settings->follow = FOLLOW_NONE;
		add_kept_attributes(arguments, KEEP_LINKS);
		settings->required |= KEEP_LINKS;
		return 0;
	case 'L':
		settings->follow = FOLLOW_ALL;
		return 0;
	case 'H':
		settings->follow = FOLLOW_OPERANDS;
		return 0;
	case KEY_NO_DEREFERENCE:
		settings->follow = FOLLOW_NONE;
		return 0;
	case 'x':
		settings->one_file_system = true;
		return 0;
	case KEY_TAR:
		if (!*argument)
			return error_set(err, -EINVAL, "empty name");
		arguments->tar = argument;
		return 0;
	case KEY_DRY_RUN:
		settings->dry_run = true;
		return 0;
	}
	return settings_handle_option(key, argument, settings, err);
}

static int handle_destination(int key, const char *argument, void *target,
			      struct lkl_error *err)
{
	struct arguments *arguments = target;
	struct settings *settings = &arguments->settings;

	switch (key) {
	case KEY_TARGET_DIRECTORY:
		arguments->operands.dest = argument;
		arguments->operands.dest_is_directory = true;
		return 0;
	case 'T':
		arguments->operands.dest_is_file = true;
		return 0;
	case KEY_MKDIR:
		arguments->operands.mkdir = true;
		return 0;
	case 'n':
		settings->keep_existing = true;
		return 0;
	case 'u':
		settings->update = true;
		return 0;
	case 'f':
		settings->force = true;
		return 0;
	case KEY_REMOVE_DESTINATION:
		settings->remove_existing = true;
		return 0;
	case KEY_NO_SYNC:
		arguments->no_sync = true;
		return 0;
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

/* "mode,links" to KEEP_... bits. */
static int parse_keep(const char *list, unsigned int *ret_keep,
		      struct lkl_error *err)
{
	static const struct {
		const char *name;
		unsigned int keep;
	} names[] = {
		{ "mode", KEEP_MODE },
		{ "ownership", KEEP_OWNERS },
		{ "timestamps", KEEP_TIMES },
		{ "links", KEEP_LINKS },
		{ "context", KEEP_CONTEXT },
		{ "xattr", KEEP_XATTRS },
		{ "all", KEEP_ALL },
	};
	unsigned int keep = 0, i;
	size_t len;

	for (;;) {
		len = strcspn(list, ",");
		for (i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (strlen(names[i].name) == len &&
			    !strncmp(names[i].name, list, len))
				break;
		if (i == sizeof(names) / sizeof(*names))
			return error_set(err, -EINVAL,
					 "not one of mode, ownership, timestamps, links, context, xattr, all: %.*s",
					 (int)len, list);
		keep |= names[i].keep;
		if (!list[len])
			break;
		list += len + 1;
	}
	*ret_keep = keep;
	return 0;
}

static int parse_holes(const char *argument, enum holes *ret_holes,
		       struct lkl_error *err)
{
	if (!strcmp(argument, "auto"))
		*ret_holes = HOLES_AUTO;
	else if (!strcmp(argument, "always"))
		*ret_holes = HOLES_ALWAYS;
	else if (!strcmp(argument, "never"))
		*ret_holes = HOLES_NEVER;
	else
		return error_set(err, -EINVAL,
				 "not one of auto, always, never: %s",
				 argument);
	return 0;
}

static int handle_attributes(int key, const char *argument, void *target,
			     struct lkl_error *err)
{
	struct arguments *arguments = target;
	struct settings *settings = &arguments->settings;
	unsigned int keep;
	int ret;

	switch (key) {
	case 'a':
		add_kept_attributes(arguments, KEEP_ALL);
		settings->follow = FOLLOW_NONE;
		return 0;
	case KEY_PRESERVE:
		/* The same default list as cp's. */
		ret = parse_keep(argument ? argument :
				 "mode,ownership,timestamps", &keep, err);
		if (ret < 0)
			return ret;
		add_kept_attributes(arguments, keep);
		settings->required |= keep;
		return 0;
	case KEY_NO_PRESERVE:
		ret = parse_keep(argument, &keep, err);
		if (ret < 0)
			return ret;
		settings->keep &= ~keep;
		settings->required &= ~keep;
		return 0;
	case KEY_SPARSE:
		return parse_holes(argument, &settings->holes, err);
	case 's':
		settings->label = argument;
		return 0;
	case KEY_REPRODUCIBLE:
		settings->reproducible = true;
		return 0;
	}
	return settings_handle_option(key, argument, settings, err);
}

static int handle_old(int key, const char *argument, void *target,
		      struct lkl_error *err)
{
	return key == KEY_FILESYSTEM_IMAGE ?
		handle_image('i', argument, target, err) :
		handle_attributes('s', argument, target, err);
}

/* Everything that could depend on the host or on the order of files. */
static int make_reproducible(struct arguments *arguments, struct lkl_error *err)
{
	struct settings *settings = &arguments->settings;

	if (!arguments->into_image)
		return error_set(err, -EINVAL,
				 "--reproducible is only for cptofs");
	if (!settings->mtime.set)
		return error_set(err, -EINVAL,
				 "--reproducible needs a time, from --mtime or SOURCE_DATE_EPOCH");
	if (settings->has_sort && settings->sort != SORT_NAME)
		return error_set(err, -EINVAL,
				 "--reproducible needs --sort=name");
	settings->sort = SORT_NAME;
	/* Where the source has holes depends on how it was written. */
	if (settings->holes == HOLES_AUTO && !arguments->tar)
		settings->holes = HOLES_ALWAYS;
	arguments->common.deterministic = true;
	arguments->common.start_time = mtime_nanoseconds(&settings->mtime);
	return 0;
}

/* Checks combinations, and sets defaults that depend on other options. */
static int check_combinations(struct arguments *arguments, int argc, char **argv,
			      int first, struct lkl_error *err)
{
	struct operands *operands = &arguments->operands;
	struct settings *settings = &arguments->settings;
	int n = argc - first, i, ret;

	if (!arguments->image)
		return error_set(err, -EINVAL, "no image given (option -i)");
	/* As of a variable of a script that has no value. */
	for (i = first; i < argc; i++)
		if (!*argv[i])
			return error_set(err, -EINVAL,
					 "an empty name is no source and no destination");
	if (arguments->tar && !arguments->into_image)
		return error_set(err, -EINVAL,
				 "--tar is only for cptofs; fs2tar makes archives");
	if (arguments->no_sync && arguments->into_image)
		return error_set(err, -EINVAL,
				 "--no-sync is only for cpfromfs; an image is always synced");
	/* What a file system cannot keep is found out once, for all files. */
	if (arguments->common.system && arguments->into_image)
		return error_set(err, -EINVAL,
				 "--system is only for cpfromfs; lklfuse and lklfs write to a whole system");
	if (operands->dest_is_directory && operands->dest_is_file)
		return error_set(err, -EINVAL,
				 "--target-directory and -T exclude each other");
	if (!operands->dest_is_directory) {
		if (n < 1)
			return error_set(err, -EINVAL, "no operands given");
		operands->dest = argv[argc - 1];
		n--;
	}
	if (arguments->tar && n)
		return error_set(err, -EINVAL,
				 "--tar leaves no room for another source: %s", argv[first]);
	if (!arguments->tar && n < 1)
		return error_set(err, -EINVAL,
				 "no destination given after %s",
				 operands->dest);
	if (operands->dest_is_file && n > 1)
		return error_set(err, -EINVAL, "more than two operands: %s",
				 argv[first + 2]);
	operands->sources = argv + first;
	operands->n = (size_t)n;
	ret = mtime_complete(&settings->mtime, err);
	if (ret > 0 && !settings->has_sort)
		settings->sort = SORT_NAME;
	if (ret >= 0 && settings->reproducible)
		ret = make_reproducible(arguments, err);
	return ret < 0 ? ret : 1;
}

int arguments_parse(const char *program, int argc, char **argv,
		    struct arguments *ret_arguments, struct lkl_error *err)
{
	struct arguments arguments = {
		.common = COMMON_OPTIONS_DEFAULT,
		.settings.keep = KEEP_ALL,
		.into_image = !strcmp(program, "cptofs"),
	};
	const struct option_group groups[] = {
		{
			.title = "Required",
			.entries = image_entries,
			.handle = handle_image,
			.target = &arguments,
		},
		common_options_group(&arguments.common),
		{
			.title = "Selection",
			.entries = selection_entries,
			.handle = handle_selection,
			.target = &arguments,
		}, {
			.title = "Destination",
			.entries = destination_entries,
			.handle = handle_destination,
			.target = &arguments,
		}, {
			.title = "Attributes and holes",
			.entries = attribute_entries,
			.handle = handle_attributes,
			.target = &arguments,
		},
		common_old_options_group(&arguments.common),
		{
			.entries = old_entries,
			.handle = handle_old,
			.target = &arguments,
			.hidden = true,
		},
	};
	const struct option_usage usage = {
		.program = program,
		.operands = arguments.into_image ?
			"-i IMAGE SOURCE... DEST\n"
			"   or: cptofs [OPTION]... -i IMAGE --tar=FILE DEST" :
			"-i IMAGE SOURCE... DEST",
		.summary = arguments.into_image ?
			"Copy files into a disk image, without root and without mounting it." :
			"Copy files out of a disk image, without root and without mounting it.\n"
			"A SOURCE may be a pattern like '/etc/*.conf'.",
		.notes = "Copies keep all attributes of files that the destination can store.\n"
			 MTIME_EPOCH_NOTE
			 "The exit status is 0 if everything was copied, 1 if anything was not,\n"
			 "2 if the command line is wrong.",
		.features = archive_features,
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
	owners_free(&arguments->settings.owners);
	free(arguments->operands.staging);
}
