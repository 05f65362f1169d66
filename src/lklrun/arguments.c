// SPDX-License-Identifier: GPL-2.0-only
/*
 * arguments.c - the command line of lklrun.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "arguments.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/error.h"

enum {
	KEY_ROOT = OPTION_LONG_ONLY,
	KEY_AT,
	KEY_BIND,
	KEY_BIND_READ_ONLY,
	KEY_FAKE_ROOT,
	KEY_NO_FAKE_ROOT,
	KEY_CONFINE,
	KEY_CATCH,
	KEY_FILE_MEMORY,
};

static const struct option_letter letters[] = {
	{ 'i', "image" },
	{ 0 }
};

static const struct option_entry entries[] = {
	{ 'i', "image", "IMAGE", "the disk image (required)" },
	{ 'r', "read-only", NULL, "do not write to the image" },
	{ KEY_ROOT, "root", NULL,
	  "the image is / for the program (default if the image\n"
	  "holds a system)" },
	{ KEY_AT, "at", "PATH",
	  "the image is at PATH, and all else is the host's\n"
	  "(default otherwise: /mnt)" },
	{ KEY_BIND, "bind", "HOST[=PATH]",
	  "show a file or folder of the host at PATH, which is\n"
	  "made in the image if it is missing; may be given\n"
	  "several times" },
	{ KEY_BIND_READ_ONLY, "bind-read-only", "HOST[=PATH]",
	  "the same, and refuse to write there" },
	{ 'C', "directory", "DIR",
	  "start the program in DIR (default with --root: /)" },
	{ KEY_CATCH, "catch", "HOW",
	  "how system calls are caught: notify, ptrace (slower),\n"
	  "or auto, which is ptrace where the host refuses\n"
	  "notify (default: auto)" },
	{ KEY_FILE_MEMORY, "file-memory", "SIZE",
	  "memory for a file, and for all that are written to\n"
	  "(default: half of the host's)" },
	{ 0 }
};

static const struct option_entry identity_entries[] = {
	{ KEY_FAKE_ROOT, "fake-root", NULL,
	  "the program is root in the image (default if that is\n"
	  "its root directory)" },
	{ KEY_NO_FAKE_ROOT, "no-fake-root", NULL,
	  "the program is the user who started it, in the image,\n"
	  "too" },
	{ KEY_CONFINE, "confine", NULL,
	  "the program reaches no files of the host but what is\n"
	  "bound and some devices" },
	{ 0 }
};

int arguments_add_bind(struct arguments *arguments, const char *host,
		       const char *path, bool read_only)
{
	struct bind *binds = realloc(arguments->binds,
				     (arguments->n_binds + 1) * sizeof(*binds));
	char *host_copy = strdup(host), *path_copy = strdup(path);

	if (binds)
		arguments->binds = binds;
	if (!binds || !host_copy || !path_copy) {
		free(host_copy);
		free(path_copy);
		return -ENOMEM;
	}
	binds[arguments->n_binds++] = (struct bind){
		.host = host_copy, .path = path_copy, .read_only = read_only,
	};
	return 0;
}

void arguments_free(struct arguments *arguments)
{
	unsigned int i;

	for (i = 0; i < arguments->n_binds; i++) {
		free((char *)(uintptr_t)arguments->binds[i].host);
		free((char *)(uintptr_t)arguments->binds[i].path);
	}
	free(arguments->binds);
	free(arguments->at);
}

/* Is it absolute, without "." and "..", and without a slash at the end? */
static bool is_normal(const char *path)
{
	const char *at = path;
	size_t len;

	if (*path != '/' || strlen(path) >= PATH_MAX)
		return false;
	while (*at) {
		len = strcspn(++at, "/");
		if (!len || (len == 1 && *at == '.') ||
		    (len == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		at += len;
	}
	return true;
}

/* A copy without the slashes at the end, which mean nothing here.  0 or -errno. */
static int copy_place(const char *path, char **ret_copy, struct lkl_error *err)
{
	cleanup_free char *copy = strdup(path);
	size_t len = strlen(path);

	if (!copy)
		return error_no_memory(err);
	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	if (!strcmp(copy, "/"))
		return error_set(err, -EINVAL,
				 "/ is the root directory, and not below it");
	if (!is_normal(copy))
		return error_set(err, -EINVAL,
				 "%s is no absolute path without . and ..",
				 quote_name(copy));
	*ret_copy = steal_pointer(copy);
	return 0;
}

/*
 * The path of a file of the host, as the user knows it: links are not followed.  With
 * ".." in it, it is @resolved.  NULL: no memory.
 */
static char *own_path(const char *host, const char *resolved)
{
	cleanup_free char *whole = NULL, *cwd = NULL;
	char *path = NULL, *to;
	const char *at;
	size_t len;

	cwd = *host == '/' ? strdup("") : getcwd(NULL, 0);
	if (!cwd || asprintf(&whole, "%s/%s", cwd, host) < 0)
		return cwd ? NULL : strdup(resolved);
	path = to = malloc(strlen(whole) + 2);
	for (at = whole; path && *at; at += len) {
		at += strspn(at, "/");
		len = strcspn(at, "/");
		if (len == 2 && !strncmp(at, "..", 2)) {
			free(path);
			return strdup(resolved);
		}
		if (!len || (len == 1 && *at == '.'))
			continue;
		*to++ = '/';
		to = mempcpy(to, at, len);
	}
	if (path)
		strcpy(to, to == path ? "/" : "");
	return path;
}

/* The calling function puts the name of the option in front of an error. */
static int handle_bind(struct arguments *arguments, const char *argument,
		       bool read_only, struct lkl_error *err)
{
	const char *equals = strrchr(argument, '=');
	cleanup_free char *host = NULL, *absolute = NULL, *own = NULL;
	cleanup_free char *path = NULL;
	int ret;

	host = equals ? strndup(argument, (size_t)(equals - argument)) :
		strdup(argument);
	if (!host)
		return error_no_memory(err);
	absolute = realpath(host, NULL);
	if (!absolute)
		return error_set(err, -errno, "%s: %s", quote_name(host),
				 strerror(errno));
	own = equals ? strdup(equals + 1) : own_path(host, absolute);
	if (!own)
		return error_no_memory(err);
	ret = copy_place(own, &path, err);
	if (ret < 0)
		return ret;
	return arguments_add_bind(arguments, absolute, path, read_only) ?
		error_no_memory(err) : 0;
}

static int handle_catch(struct arguments *arguments, const char *argument,
			struct lkl_error *err)
{
	static const char *const names[] = {
		[CATCH_AUTO] = "auto",
		[CATCH_NOTIFY] = "notify",
		[CATCH_PTRACE] = "ptrace",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], argument))
			continue;
		arguments->how_to_catch = (enum start_catch)i;
		return 0;
	}
	return error_set(err, -EINVAL, "%s is not auto, notify or ptrace",
			 quote_name(argument));
}

static int handle_option(int key, const char *argument, void *target,
			 struct lkl_error *err)
{
	struct arguments *arguments = target;

	switch (key) {
	case 'i':
		arguments->image = argument;
		return 0;
	case 'r':
		arguments->read_only = true;
		return 0;
	case 'C':
		arguments->directory = argument;
		return 0;
	case KEY_ROOT:
		arguments->root = true;
		return 0;
	case KEY_AT:
		free(arguments->at);
		arguments->at = NULL;
		return copy_place(argument, &arguments->at, err);
	case KEY_BIND:
	case KEY_BIND_READ_ONLY:
		return handle_bind(arguments, argument,
				   key == KEY_BIND_READ_ONLY, err);
	case KEY_CATCH:
		return handle_catch(arguments, argument, err);
	case KEY_FILE_MEMORY:
		return parse_size_above_zero(argument, &arguments->file_memory, err);
	case KEY_FAKE_ROOT:
		arguments->fake_root = true;
		return 0;
	case KEY_NO_FAKE_ROOT:
		arguments->real_user = true;
		return 0;
	case KEY_CONFINE:
		arguments->confine = true;
		return 0;
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

static int check_combinations(const struct arguments *arguments,
			      struct lkl_error *err)
{
	if (!arguments->image)
		return error_set(err, -EINVAL, "no image given: use -i IMAGE");
	if (!*arguments->image)
		return error_set(err, -EINVAL, "the name of the image is empty");
	if (!arguments->program[0])
		return error_set(err, -EINVAL, "no program given");
	if (arguments->root && arguments->at)
		return error_set(err, -EINVAL,
				 "--root and --at exclude each other");
	/* Programs of the host need the host's files. */
	if (arguments->confine && arguments->at)
		return error_set(err, -EINVAL,
				 "--confine and --at exclude each other");
	if (arguments->fake_root && arguments->real_user)
		return error_set(err, -EINVAL,
				 "--fake-root and --no-fake-root exclude each other");
	return 0;
}

int arguments_parse(int argc, char **argv, struct arguments *ret_arguments,
		    struct lkl_error *err)
{
	struct arguments arguments = { .common = COMMON_OPTIONS_DEFAULT };
	const struct option_group groups[] = {
		{
			.title = "Program",
			.entries = entries,
			.handle = handle_option,
			.target = &arguments,
		}, {
			.title = "Identity and confinement",
			.entries = identity_entries,
			.handle = handle_option,
			.target = &arguments,
		},
		common_options_group(&arguments.common),
	};
	const struct option_usage usage = {
		.program = "lklrun",
		.operands = "-i IMAGE -- PROGRAM [ARGUMENT]...",
		.is_command = true,
		.summary = "Run a program on the files of a disk image, without root, mounts or FUSE.",
		.letters = letters,
		.groups = groups,
		.n_groups = sizeof(groups) / sizeof(*groups),
	};
	int ret;

	ret = options_parse(&usage, argc, argv, err);
	if (ret > 0) {
		arguments.program = argv + ret;
		ret = check_combinations(&arguments, err);
		ret = ret < 0 ? ret : 1;
	}
	if (ret > 0)
		*ret_arguments = arguments;
	else
		arguments_free(&arguments);
	return ret;
}
