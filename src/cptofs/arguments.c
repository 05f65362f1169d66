// SPDX-License-Identifier: GPL-2.0-only
/*
 * arguments.c - the command line of cptofs and cpfromfs.
 *
 * One program: both take all options, but for those that make no sense in
 * one direction.
 */
#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "stream.h"

enum {
	KEY_PRESERVE = OPTION_LONG_ONLY,
	KEY_NO_PRESERVE,
	KEY_NO_DEREFERENCE,
	KEY_REMOVE_DESTINATION,
	KEY_SPARSE,
	KEY_EXCLUDE,
	KEY_MKDIR,
	KEY_TARGET_DIRECTORY,
	KEY_TAR,
	KEY_DRY_RUN,
	KEY_CHOWN_MAP,
	KEY_MTIME,
	KEY_CLAMP_MTIME,
	KEY_SORT,
	KEY_NO_SYNC,
};

/* What the tools that came before have called so. */
static const struct option_letter letters[] = {
	{ 'i', "image" },
	{ 't', "type" },
	{ 'P', "partition" },
	{ 'p', "kernel-log" },
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

static const struct option_entry image_entries[] = {
	{ 'i', "image", "IMAGE", "the image, needed always" },
	{ 0 }
};

static const struct option_entry what_entries[] = {
	{ 'r', "recursive", NULL,
	  "copy directories with all that is in them (default)" },
	{ 'R', "", NULL, "the same" },
	{ KEY_EXCLUDE, "exclude", "PATTERN",
	  "leave out what matches, and what is below it" },
	{ 'L', "dereference", NULL,
	  "copy what symbolic links in SOURCE lead to" },
	{ 'H', "dereference-operands", NULL,
	  "do so with those that are a SOURCE themselves" },
	{ KEY_NO_DEREFERENCE, "no-dereference", NULL,
	  "copy symbolic links as links (default)" },
	{ 'd', "", NULL, "the same as --no-dereference --preserve=links" },
	{ 'x', "one-file-system", NULL,
	  "do not enter directories where others are mounted" },
	{ KEY_TAR, "tar", "FILE",
	  "cptofs: unpack this tar archive instead of SOURCE;\n"
	  "- is standard input" },
	{ KEY_SORT, "sort", "ORDER",
	  "order in directories: name, inode, none (default)" },
	{ KEY_DRY_RUN, "dry-run", NULL,
	  "change nothing, see what would be copied (with -v)" },
	{ 0 }
};

static const struct option_entry where_entries[] = {
	{ KEY_TARGET_DIRECTORY, "target-directory", "DIR",
	  "copy all SOURCEs into this directory" },
	{ 'T', "no-target-directory", NULL,
	  "DEST is the name of the copy, not a directory for it" },
	{ KEY_MKDIR, "mkdir", NULL, "make the directories of DEST that are missing" },
	{ 'n', "no-clobber", NULL, "leave files alone that are there" },
	{ 'u', "update", NULL, "do so if they are not older" },
	{ 'f', "force", NULL, "remove those that cannot be written to" },
	{ KEY_REMOVE_DESTINATION, "remove-destination", NULL,
	  "remove files that are there before copying" },
	{ KEY_NO_SYNC, "no-sync", NULL,
	  "cpfromfs: do not wait until all is on stable storage" },
	{ 0 }
};

static const struct option_entry how_entries[] = {
	{ 'a', "archive", NULL,
	  "keep everything and copy links as links (default)" },
	{ KEY_PRESERVE, "preserve", "[LIST]",
	  "keep only these: mode, ownership, timestamps, links,\n"
	  "context, xattr, all (the default)" },
	{ KEY_NO_PRESERVE, "no-preserve", "LIST", "do not keep these" },
	{ KEY_SPARSE, "sparse", "WHEN",
	  "holes: auto (those of SOURCE), always (zeroes, too),\n"
	  "never" },
	{ 'o', "owner", "NAME", "the owner of all copies, a name or a number" },
	{ 'g', "group", "NAME", "the group of all copies" },
	{ KEY_CHOWN_MAP, "chown-map", "FROM:TO[:N]",
	  "make ids FROM TO, and the N - 1 that follow; with u: or\n"
	  "g: in front, those of users or groups alone" },
	{ 's', "selinux-label", "LABEL", "the SELinux label of all copies" },
	{ KEY_MTIME, "mtime", "DATE",
	  "time of all copies: a date, @SECONDS or a file" },
	{ KEY_CLAMP_MTIME, "clamp-mtime", NULL,
	  "with --mtime: only of files that are newer" },
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

/* What is named first takes the place of the default, the rest is added. */
static void keep_more(struct arguments *arguments, unsigned int keep)
{
	if (!arguments->chose_keep)
		arguments->settings.keep = 0;
	arguments->chose_keep = true;
	arguments->settings.keep |= keep;
}

static int handle_what(int key, const char *argument, void *target,
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
		keep_more(arguments, KEEP_LINKS);
		settings->required |= KEEP_LINKS;
		return 0;
	case KEY_EXCLUDE:
		if (!*argument)
			return error_set(err, -EINVAL, "empty pattern");
		return patterns_add(&settings->filter.exclude, argument) < 0 ?
			error_no_memory(err) : 0;
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
		arguments->tar = argument;
		return 0;
	case KEY_SORT:
		settings->has_sort = true;
		return directory_parse_sort(argument, &settings->sort, err);
	case KEY_DRY_RUN:
		settings->dry_run = true;
		return 0;
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

static int handle_where(int key, const char *argument, void *target,
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

static int parse_owner(const char *argument, bool group, struct owner *owner,
		       struct lkl_error *err)
{
	int ret = owner_parse(argument, group, owner, err);

	if (!ret && !owner->has_id)
		return error_set(err, -EINVAL,
				 "no such %s here, give a number: %s",
				 group ? "group" : "user", argument);
	return ret;
}

static int handle_how(int key, const char *argument, void *target,
		      struct lkl_error *err)
{
	struct arguments *arguments = target;
	struct settings *settings = &arguments->settings;
	unsigned int keep;
	int ret;

	switch (key) {
	case 'a':
		keep_more(arguments, KEEP_ALL);
		settings->follow = FOLLOW_NONE;
		return 0;
	case KEY_PRESERVE:
		/* Without a list, it is cp's own. */
		ret = parse_keep(argument ? argument :
				 "mode,ownership,timestamps", &keep, err);
		if (ret < 0)
			return ret;
		keep_more(arguments, keep);
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
	case 'o':
		return parse_owner(argument, false, &settings->owners.owner,
				   err);
	case 'g':
		return parse_owner(argument, true, &settings->owners.group,
				   err);
	case KEY_CHOWN_MAP:
		return owners_add_range(&settings->owners, argument, err);
	case 's':
		settings->label = argument;
		return 0;
	case KEY_MTIME:
		settings->mtime.set = true;
		return date_parse(argument, &settings->mtime.time, err);
	case KEY_CLAMP_MTIME:
		settings->mtime.clamp = true;
		return 0;
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

/* What only makes sense together, and defaults that need all options. */
static int complete(struct arguments *arguments, int argc, char **argv,
		    int first, struct lkl_error *err)
{
	struct operands *operands = &arguments->operands;
	struct settings *settings = &arguments->settings;
	int n = argc - first, ret;

	if (!arguments->image)
		return error_set(err, -EINVAL, "no image given, with -i");
	if (arguments->tar && !arguments->into_image)
		return error_set(err, -EINVAL,
				 "--tar is for cptofs; fs2tar makes archives");
	if (arguments->no_sync && arguments->into_image)
		return error_set(err, -EINVAL,
				 "--no-sync is for cpfromfs; an image is always synced");
	if (operands->dest_is_directory && operands->dest_is_file)
		return error_set(err, -EINVAL,
				 "--target-directory and -T contradict each other");
	if (!operands->dest_is_directory) {
		if (n < 1)
			return error_set(err, -EINVAL, "no operands given");
		operands->dest = argv[argc - 1];
		n--;
	}
	if (arguments->tar && n)
		return error_set(err, -EINVAL,
				 "--tar is a source already: %s", argv[first]);
	if (!arguments->tar && n < 1)
		return error_set(err, -EINVAL,
				 "no destination given behind %s",
				 operands->dest);
	if (operands->dest_is_file && n > 1)
		return error_set(err, -EINVAL, "more than two operands: %s",
				 argv[first + 2]);
	operands->sources = argv + first;
	operands->n = (size_t)n;
	ret = mtime_complete(&settings->mtime, err);
	if (ret > 0 && !settings->has_sort)
		settings->sort = SORT_NAME;
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
			.title = "Which image",
			.entries = image_entries,
			.handle = handle_image,
			.target = &arguments,
		},
		common_options_group(&arguments.common),
		{
			.title = "What to copy",
			.entries = what_entries,
			.handle = handle_what,
			.target = &arguments,
		}, {
			.title = "Where to",
			.entries = where_entries,
			.handle = handle_where,
			.target = &arguments,
		}, {
			.title = "How",
			.entries = how_entries,
			.handle = handle_how,
			.target = &arguments,
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
		.notes = "Everything that a file has is kept, as far as the destination can.\n"
			 "SOURCE_DATE_EPOCH=N in the environment stands for --mtime=@N --clamp-mtime\n"
			 "--sort=name, if there is no --mtime.\n"
			 "The exit status is 0 if all went well, 1 if anything was not copied,\n"
			 "2 if the command line is wrong.",
		.features = stream_features,
		.letters = letters,
		.groups = groups,
		.n_groups = sizeof(groups) / sizeof(*groups),
	};
	int ret;

	ret = options_parse(&usage, argc, argv, err);
	if (ret > 0)
		ret = complete(&arguments, argc, argv, ret, err);
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
}
