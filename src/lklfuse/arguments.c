// SPDX-License-Identifier: GPL-2.0-only
/*
 * arguments.c - lklfuse's command line.
 *
 * Every long option is also a mount option (-o), so that fstab can hold it; see
 * mount-options.c.
 */
#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/cli/parse.h"
#include "mount-options.h"

enum {
	KEY_UID = OPTION_LONG_ONLY,
	KEY_GID,
	KEY_MAP_UID,
	KEY_MAP_GID,
	KEY_THREADS,
	KEY_UNMOUNT,
};

static const struct option_entry mount_entries[] = {
	{ 'o', "options", "LIST",
	  "mount options, separated by commas; see below" },
	{ 'r', "read-only", NULL, "do not write to the image" },
	{ 'f', "foreground", NULL, "stay in the foreground" },
	{ 'd', "debug", NULL, "show the requests; implies -f" },
	{ 's', "single-thread", NULL, "answer one request at a time" },
	{ KEY_THREADS, "threads", "N", "use at most N threads (default 8)" },
	{ KEY_UNMOUNT, "unmount", NULL,
	  "unmount MOUNTPOINT, and wait until the image is\n"
	  "complete and closed" },
	{ 'n', "no-mtab", NULL, "no effect; mount(8) passes it on" },
	{ 0 }
};

static const struct option_entry owner_entries[] = {
	{ KEY_UID, "uid", "UID",
	  "show all files as belonging to this user; files\n"
	  "that the user makes belong to root in the image" },
	{ KEY_GID, "gid", "GID", "the same for groups" },
	{ KEY_MAP_UID, "map-uid", "IMAGE:HOST[:COUNT]",
	  "show COUNT users from IMAGE on as those from HOST\n"
	  "on; may be given several times" },
	{ KEY_MAP_GID, "map-gid", "IMAGE:HOST[:COUNT]",
	  "the same for groups" },
	{ 0 }
};

/* The target of -o, which looks up long options. */
struct context {
	struct arguments *arguments;
	const struct option_group *groups;
	unsigned int n_groups;
};

static int handle_mount_option(int key, const char *argument, void *target,
			       struct lkl_error *err)
{
	struct context *context = target;
	struct arguments *arguments = context->arguments;
	uint64_t number;
	int ret;

	switch (key) {
	case 'o':
		return mount_options_parse(arguments, argument, context->groups,
					   context->n_groups, err);
	case 'r':
		arguments->read_only = true;
		return 0;
	case 'f':
		arguments->foreground = true;
		return 0;
	case 'd':
		arguments->foreground = arguments->debug = true;
		return 0;
	case 's':
		arguments->threads = 1;
		return 0;
	case KEY_THREADS:
		ret = parse_number(argument, 64, &number, err);
		if (!ret && !number)
			ret = error_set(err, -ERANGE, "at least one thread is needed");
		if (!ret)
			arguments->threads = (unsigned int)number;
		return ret;
	case KEY_UNMOUNT:
		arguments->unmount = true;
		return 0;
	case 'n':
		return 0;
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

static int handle_owner_option(int key, const char *argument, void *target,
			       struct lkl_error *err)
{
	struct owners *owners = &((struct arguments *)target)->owners;

	switch (key) {
	case KEY_UID:
		return owner_map_all(&owners->users, argument, false, err);
	case KEY_GID:
		return owner_map_all(&owners->groups, argument, true, err);
	case KEY_MAP_UID:
		return owner_map_add(&owners->users, argument, false, err);
	case KEY_MAP_GID:
		return owner_map_add(&owners->groups, argument, true, err);
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

static int arguments_take_operands(struct arguments *arguments, int argc,
				   char **argv, int first,
				   struct lkl_error *err)
{
	if (arguments->unmount) {
		if (argc - first != 1)
			return error_set(err, -EINVAL,
					 "--unmount needs one mount point");
		if (!*argv[first])
			return error_set(err, -EINVAL,
					 "the name of the mount point is empty");
		arguments->mountpoint = argv[first];
		return 1;
	}
	if (argc - first < 1)
		return error_set(err, -EINVAL, "no image given");
	if (argc - first < 2)
		return error_set(err, -EINVAL, "no mount point given");
	if (argc - first > 2)
		return error_set(err, -EINVAL, "more than two operands: %s",
				 argv[first + 2]);
	arguments->image = argv[first];
	arguments->mountpoint = argv[first + 1];
	/* As of a variable of a script that has no value. */
	if (!*arguments->image)
		return error_set(err, -EINVAL, "the name of the image is empty");
	if (!*arguments->mountpoint)
		return error_set(err, -EINVAL,
				 "the name of the mount point is empty");
	return 1;
}

static const struct option_letter option_letters[] = {
	{ 'h', "help" },
	{ 'V', "version" },
	{ 0 }
};

/* More than the common options. */
#define IMAGE_ENTRIES_MAX 64

/* The common options, without those for tools that copy. */
static struct option_group image_options_group(struct common_options *common)
{
	static struct option_entry entries[IMAGE_ENTRIES_MAX + 1];
	struct option_group group = common_options_group(common);
	const struct option_entry *entry;
	unsigned int n = 0;

	for (entry = group.entries; entry->name && n < IMAGE_ENTRIES_MAX;
	     entry++) {
		if (!strcmp(entry->name, "progress-fd"))
			continue;
		entries[n] = *entry;
		if (!strcmp(entry->name, "verbose"))
			entries[n].help = "say how the program is confined, and\n"
					  "where requests come from";
		if (!strcmp(entry->name, "quiet"))
			entries[n].help = "no warnings";
		n++;
	}
	group.entries = entries;
	return group;
}

/* Whether mount(8) or umount(8) has called us: "mount.TYPE", "umount.TYPE". */
static bool is_helper(const char *program, const char *prefix)
{
	const char *slash = strrchr(program, '/');

	return !strncmp(slash ? slash + 1 : program, prefix, strlen(prefix));
}

/* umount.TYPE MOUNTPOINT [-nlfvr] [-N NAMESPACE] [-t TYPE] */
static int umount_helper_parse(int argc, char **argv,
			       struct arguments *ret_arguments,
			       struct lkl_error *err)
{
	struct arguments arguments = { .unmount = true };
	int option;

	opterr = 0;
	while ((option = getopt(argc, argv, "nlfvrN:t:")) != -1) {
		if (option == '?')
			return error_set(err, -EINVAL,
					 "umount(8) gave an option that is not known, or one without its argument: -%c",
					 optopt);
		arguments.lazy |= option == 'l';
	}
	if (argc - optind != 1)
		return error_set(err, -EINVAL, "umount(8) gave no mount point");
	arguments.mountpoint = argv[optind];
	*ret_arguments = arguments;
	return 1;
}

/* Ten years, in seconds. */
#define CACHE_FOREVER 315360000.0

int arguments_parse(int argc, char **argv, struct arguments *ret_arguments,
		    struct lkl_error *err)
{
	struct arguments arguments = {
		.common = COMMON_OPTIONS_DEFAULT,
		.caching = {
			.entry_timeout = CACHE_FOREVER,
			.attr_timeout = CACHE_FOREVER,
			.negative_timeout = CACHE_FOREVER,
			.writeback = true,
			.keep_data = true,
			.directories = true,
			.symlinks = true,
			.readdirplus = true,
			.readdirplus_auto = true,
			.parallel_dirops = true,
			.atomic_o_trunc = true,
			.async_read = true,
			.acl = true,
			.killpriv = true,
			.export = true,
		},
	};
	struct context context = { .arguments = &arguments };
	const struct option_group groups[] = {
		image_options_group(&arguments.common),
		{
			.title = "Mount",
			.entries = mount_entries,
			.handle = handle_mount_option,
			.target = &context,
		}, {
			.title = "Owners",
			.entries = owner_entries,
			.handle = handle_owner_option,
			.target = &arguments,
		},
	};
	const struct option_usage usage = {
		.program = "lklfuse",
		.operands = "IMAGE MOUNTPOINT | --unmount MOUNTPOINT",
		.summary = "Mount a file system in a disk image, without root.",
		.notes = mount_options_help,
		.letters = option_letters,
		.groups = groups,
		.n_groups = sizeof(groups) / sizeof(*groups),
	};
	int ret;

	if (is_helper(argv[0], "umount."))
		return umount_helper_parse(argc, argv, ret_arguments, err);
	context.groups = groups;
	context.n_groups = usage.n_groups;
	/*
	 * mount(8) passes "nosuid", "nodev" and "noexec" on, but never "suid",
	 * "dev" and "exec", which are the default for root.  Later options win.
	 */
	if (is_helper(argv[0], "mount.") && !geteuid() &&
	    mount_options_parse(&arguments, "suid,dev,exec", groups,
				usage.n_groups, err) < 0)
		return -ENOMEM;
	ret = options_parse(&usage, argc, argv, err);
	if (ret > 0)
		ret = arguments_take_operands(&arguments, argc, argv, ret, err);
	if (ret > 0)
		*ret_arguments = arguments;
	return ret;
}
