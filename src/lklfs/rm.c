// SPDX-License-Identifier: GPL-2.0-only
/*
 * rm.c - lklfs rm: removes files and directories.
 */
#include "commands.h"

#include <errno.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/tree/remove.h"
#include "common/tree/file-calls.h"
#include "change.h"
#include "print.h"
#include "run.h"

struct rm {
	bool recursive, force, directory;
};

static const struct option_entry entries[] = {
	{ 'r', "recursive", NULL, "directories and everything in them" },
	{ 'R', "", NULL, "the same" },
	{ 'f', "force", NULL, "a file that does not exist is no error" },
	{ 'd', "dir", NULL, "empty directories, too" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct rm *rm = ((struct run *)target)->options;

	(void)argument;
	(void)err;
	switch (key) {
	case 'r':
	case 'R':
		rm->recursive = true;
		break;
	case 'f':
		rm->force = true;
		break;
	case 'd':
		rm->directory = true;
		break;
	}
	return 0;
}

static int remove_entry(const struct rm *rm, int dir, const char *name)
{
	struct lkl_statx st;
	int ret = stat_file(dir, name, false, &st);

	if (ret < 0)
		return ret;
	if (!S_ISDIR(st.stx_mode))
		return (int)lkl_sys_unlinkat(dir, name, 0);
	if (rm->recursive)
		return remove_tree(&image_calls, dir, name);
	return rm->directory ?
		(int)lkl_sys_unlinkat(dir, name, LKL_AT_REMOVEDIR) : -EISDIR;
}

static int remove_operand(struct run *run, char *path)
{
	const struct rm *rm = run->options;
	const char *name;
	int dir = change_parent(path, &name), ret = dir;

	if (dir >= 0) {
		ret = remove_entry(rm, dir, name);
		lkl_sys_close((unsigned int)dir);
	}
	if (ret == -ENOENT && rm->force)
		return 0;
	return change_done(run, path, ret, "cannot remove", "removed");
}

static int run_rm(struct run *run, struct lkl_error *err)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < run->n_operands && !ret; i++)
		ret = remove_operand(run, run->operands[i]);
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

const struct command rm_command = {
	.name = "rm",
	.operands = "IMAGE FILE...",
	.summary = "remove files and directories",
	.flags = COMMAND_WRITES,
	.min = 1,
	.max = OPERANDS_ANY,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct rm),
	.run = run_rm,
};
