// SPDX-License-Identifier: GPL-2.0-only
/*
 * mv.c - lklfs mv: renames files and moves them into directories.
 */
#include "commands.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/error.h"
#include "common/cli/quote.h"
#include "change.h"
#include "print.h"
#include "run.h"

#define RENAME_NOREPLACE 1u		/* of renameat2() */

struct mv {
	bool no_clobber, no_directory;
};

static const struct option_entry entries[] = {
	{ 'n', "no-clobber", NULL, "do not replace existing files" },
	{ 'f', "force", NULL, "replace existing files (default)" },
	{ 'T', "no-target-directory", NULL,
	  "DEST is the new name, not a directory for it" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct mv *mv = ((struct run *)target)->options;

	(void)argument;
	(void)err;
	if (key == 'T')
		mv->no_directory = true;
	else
		mv->no_clobber = key == 'n';
	return 0;
}

/* If both are one file, rename() does nothing, and returns 0. */
static bool is_same(const char *a, const char *b)
{
	struct lkl_statx x, y;

	return !stat_file(LKL_AT_FDCWD, a, false, &x) &&
		!stat_file(LKL_AT_FDCWD, b, false, &y) &&
		x.stx_ino == y.stx_ino && x.stx_dev_major == y.stx_dev_major &&
		x.stx_dev_minor == y.stx_dev_minor;
}

static int move(struct run *run, const char *source, const char *dest)
{
	const struct mv *mv = run->options;
	char *path;
	int ret;

	if (!*dest)
		return run_error(run, dest, -ENOENT, "cannot move to");
	ret = change_target(source, dest, mv->no_directory, &path);
	if (ret < 0)
		return ret;
	if (is_same(source, path)) {
		ret = run_error(run, source, 0, "is the destination itself");
		free(path);
		return ret;
	}
	ret = (int)lkl_sys_renameat2(LKL_AT_FDCWD, source, LKL_AT_FDCWD, path,
				     mv->no_clobber ? RENAME_NOREPLACE : 0);
	if (ret == -EEXIST && mv->no_clobber)
		ret = 0;
	else
		ret = change_done(run, source, ret, "cannot move", "moved");
	free(path);
	return ret;
}

static int run_mv(struct run *run, struct lkl_error *err)
{
	const char *dest = run->operands[run->n_operands - 1];
	struct lkl_statx st;
	unsigned int i;
	int ret = 0;

	if (run->n_operands > 2) {
		ret = stat_file(LKL_AT_FDCWD, dest, true, &st);
		if (!ret && !S_ISDIR(st.stx_mode))
			ret = -ENOTDIR;
		if (ret < 0)
			return error_set(err, ret, "%s: %s", quote_operand(dest),
					 lkl_strerror(ret));
	}
	for (i = 0; i + 1 < run->n_operands && !ret; i++)
		ret = move(run, run->operands[i], dest);
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

const struct command mv_command = {
	.name = "mv",
	.operands = "IMAGE SOURCE... DEST",
	.summary = "rename files, or move them into a directory",
	.flags = COMMAND_WRITES,
	.min = 2,
	.max = OPERANDS_ANY,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct mv),
	.run = run_mv,
};
