// SPDX-License-Identifier: GPL-2.0-only
/*
 * mkdir.c - lklfs mkdir: makes directories.
 */
#include "commands.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/cli/mode.h"
#include "change.h"
#include "print.h"
#include "run.h"

struct mkdir {
	bool parents;
	const char *mode;		/* NULL: 0755 */
};

static const struct option_entry entries[] = {
	{ 'p', "parents", NULL,
	  "make missing directories above, too; existing ones are no error" },
	{ 'm', "mode", "MODE", "permissions (default: 755)" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct mkdir *mkdir = ((struct run *)target)->options;

	if (key == 'p') {
		mkdir->parents = true;
		return 0;
	}
	mkdir->mode = argument;
	return mode_check(argument, err);
}

/* The mode is set afterwards: a default ACL takes bits away. */
static int make(struct run *run, const char *path, const char *mode)
{
	int ret = (int)lkl_sys_mkdirat(LKL_AT_FDCWD, path, 0755);

	if (!ret && mode)
		ret = (int)lkl_sys_fchmodat(LKL_AT_FDCWD, path, (lkl_umode_t)
					    mode_change(mode, S_IFDIR | 0777));
	if (!ret)
		print_change(run, "created directory", path);
	return ret;
}

static bool is_directory(const char *path)
{
	struct lkl_statx st;

	return !stat_file(LKL_AT_FDCWD, path, true, &st) &&
		S_ISDIR(st.stx_mode);
}

static int make_parents(struct run *run, char *path)
{
	char *slash = path;
	int ret;

	for (;;) {
		slash += strspn(slash, "/");
		slash = strchr(slash, '/');
		if (!slash || !slash[strspn(slash, "/")])
			return 0;
		*slash = '\0';
		ret = make(run, path, NULL);
		if (ret == -EEXIST && is_directory(path))
			ret = 0;
		*slash = '/';
		if (ret < 0)
			return ret;
	}
}

static int make_operand(struct run *run, char *path)
{
	const struct mkdir *mkdir = run->options;
	int ret = mkdir->parents ? make_parents(run, path) : 0;

	if (!ret)
		ret = make(run, path, mkdir->mode);
	if (ret == -EEXIST && mkdir->parents && is_directory(path))
		ret = 0;
	return ret < 0 ?
		run_error(run, path, ret, "cannot make directory") : 0;
}

static int run_mkdir(struct run *run, struct lkl_error *err)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < run->n_operands && !ret; i++)
		ret = make_operand(run, run->operands[i]);
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

const struct command mkdir_command = {
	.name = "mkdir",
	.operands = "IMAGE DIRECTORY...",
	.summary = "make directories",
	.flags = COMMAND_WRITES,
	.min = 1,
	.max = OPERANDS_ANY,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct mkdir),
	.run = run_mkdir,
};
