// SPDX-License-Identifier: GPL-2.0-only
/*
 * cp.c - lklfs cp: copies files within an image.
 *
 * It is the copy of cptofs (src/common/copy), with the image on both sides.  Files
 * share their blocks if the file system can do that.
 */
#include "commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/cli/quote.h"
#include "common/copy/copy.h"
#include "common/copy/job.h"
#include "common/copy/operands.h"
#include "common/error.h"
#include "common/tree/device.h"
#include "change.h"
#include "print.h"
#include "run.h"

struct cp {
	bool no_clobber, update, follow, no_directory;
};

static const struct option_entry entries[] = {
	{ 'a', "archive", NULL, "keep all attributes (always done)" },
	{ 'r', "recursive", NULL, "directories, too (always done)" },
	{ 'R', "", NULL, "the same" },
	{ 'f', "force", NULL, "replace existing files (default)" },
	{ 'n', "no-clobber", NULL, "do not replace existing files" },
	{ 'u', "update", NULL, "replace existing files only if they are older" },
	{ 'L', "dereference", NULL, "copy the files that links lead to" },
	{ 'T', "no-target-directory", NULL,
	  "DEST is the name of the copy, not a directory for it" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct cp *cp = ((struct run *)target)->options;

	(void)argument;
	(void)err;
	switch (key) {
	case 'f':
		cp->no_clobber = false;
		break;
	case 'n':
		cp->no_clobber = true;
		break;
	case 'u':
		cp->update = true;
		break;
	case 'L':
		cp->follow = true;
		break;
	case 'T':
		cp->no_directory = true;
		break;
	}
	return 0;
}

static int open_directory(int dir, const char *path)
{
	return (int)lkl_sys_openat(dir, path, LKL_O_PATH | LKL_O_DIRECTORY |
				   LKL_O_CLOEXEC, 0);
}

/* Open the directory @path or, if there is none, the one that would hold @path. */
static int open_nearest(const char *path)
{
	int fd = open_directory(LKL_AT_FDCWD, path);
	char *parent, *slash;

	if (fd >= 0)
		return fd;
	parent = strdup(path);
	if (!parent)
		return -ENOMEM;
	slash = strrchr(parent, '/');
	if (slash)
		slash[slash == parent] = '\0';
	fd = open_directory(LKL_AT_FDCWD, slash ? parent : ".");
	free(parent);
	return fd;
}

#define LEVELS_MAX 10000

/* Is @dest in the directory @source, or the directory itself? */
static bool is_inside(const char *source, const char *dest)
{
	struct lkl_statx wanted, st, below = { 0 };
	int fd, next;
	bool found = false;
	unsigned int i;

	if (stat_file(LKL_AT_FDCWD, source, false, &wanted) < 0 ||
	    !S_ISDIR(wanted.stx_mode))
		return false;
	fd = open_nearest(dest);
	for (i = 0; fd >= 0 && !found && i < LEVELS_MAX; i++) {
		if (stat_file(fd, "", true, &st) < 0)
			break;
		found = st.stx_ino == wanted.stx_ino &&
			device_of(&st) == device_of(&wanted);
		/* ".." of the root is the root. */
		if (i && st.stx_ino == below.stx_ino &&
		    device_of(&st) == device_of(&below))
			break;
		below = st;
		next = open_directory(fd, "..");
		lkl_sys_close((unsigned int)fd);
		fd = next;
	}
	if (fd >= 0)
		lkl_sys_close((unsigned int)fd);
	return found;
}

static int check_operand(const struct cp *cp, const char *source,
			 const char *dest, struct lkl_error *err)
{
	char *path;
	bool inside;

	if (change_target(source, dest, cp->no_directory, &path) < 0)
		return error_no_memory(err);
	inside = is_inside(source, path);
	free(path);
	return inside ? error_set(err, -EINVAL,
				  "%s: cannot copy a directory into itself",
				  quote_name(source)) : 0;
}

static int copy_files(struct run *run, const struct settings *settings,
		      struct operands *operands, struct lkl_error *err)
{
	struct job job;
	int ret = job_init(&job, settings, run->session, true);

	if (ret < 0) {
		job_free(&job);
		return error_no_memory(err);
	}
	job.from = &image_calls;
	job.list = run->common.verbose;
	ret = operands_copy(&job, operands, err);
	limits_summary(&job);
	run->failures += job.failures > 0;
	job_free(&job);
	if (ret == -EINTR && job_interrupted())
		return run_fatal(run, ret, err);
	/* The messages about files are enough. */
	return ret == -ENOSPC && run->failures ? 0 : ret;
}

static int run_cp(struct run *run, struct lkl_error *err)
{
	const struct cp *cp = run->options;
	const struct settings settings = {
		.keep = KEEP_ALL, .umask = 022, .keep_existing = cp->no_clobber,
		.update = cp->update,
		.follow = cp->follow ? FOLLOW_ALL : FOLLOW_NONE,
	};
	struct operands operands = {
		.sources = run->operands, .n = run->n_operands - 1,
		.dest = run->operands[run->n_operands - 1],
		.dest_is_file = cp->no_directory,
	};
	unsigned int i;
	int cwd, ret;

	for (i = 0; i < operands.n; i++) {
		ret = check_operand(cp, run->operands[i], operands.dest, err);
		if (ret < 0)
			return ret;
	}
	/* Reading attributes changes the current directory. */
	cwd = open_directory(LKL_AT_FDCWD, ".");
	ret = copy_files(run, &settings, &operands, err);
	if (cwd >= 0) {
		lkl_sys_fchdir((unsigned int)cwd);
		lkl_sys_close((unsigned int)cwd);
	}
	for (i = 0; i < operands.n && !ret && !run->failures && run->json; i++)
		print_change(run, "copied", run->operands[i]);
	return ret;
}

const struct command cp_command = {
	.name = "cp",
	.operands = "IMAGE SOURCE... DEST",
	.summary = "copy files within the image, sharing blocks if possible",
	.flags = COMMAND_WRITES,
	.min = 2,
	.max = OPERANDS_ANY,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct cp),
	.run = run_cp,
};
