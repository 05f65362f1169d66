// SPDX-License-Identifier: GPL-2.0-only
/*
 * ln.c - lklfs ln: gives files more names, and makes symbolic links.
 */
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "change.h"
#include "print.h"
#include "run.h"

struct ln {
	bool symbolic, force, no_directory;
};

static const struct option_entry entries[] = {
	{ 's', "symbolic", NULL, "make a symbolic link" },
	{ 'f', "force", NULL, "replace an existing file" },
	{ 'n', "no-dereference", NULL, "replace a link to a directory itself" },
	{ 'T', "no-target-directory", NULL,
	  "LINK is the new name, not a directory for it" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct ln *ln = ((struct run *)target)->options;

	(void)argument;
	(void)err;
	switch (key) {
	case 's':
		ln->symbolic = true;
		break;
	case 'f':
		ln->force = true;
		break;
	case 'n':
	case 'T':
		ln->no_directory = true;
		break;
	}
	return 0;
}

static int make_link(const struct ln *ln, const char *target, const char *path)
{
	return ln->symbolic ?
		(int)lkl_sys_symlinkat(target, LKL_AT_FDCWD, path) :
		(int)lkl_sys_linkat(LKL_AT_FDCWD, target, LKL_AT_FDCWD, path,
				    0);
}

/* Rename the new file over the old one, so that the name always exists. */
static int replace(const struct ln *ln, const char *target, const char *path)
{
	struct lkl_statx st;
	char *temporary;
	unsigned int i;
	int ret;

	if (!stat_file(LKL_AT_FDCWD, path, false, &st) &&
	    S_ISDIR(st.stx_mode))
		return -EISDIR;
	temporary = malloc(strlen(path) + 16);
	if (!temporary)
		return -ENOMEM;
	for (i = 0, ret = -EEXIST; ret == -EEXIST && i < 1000; i++) {
		sprintf(temporary, "%s.new%u", path, i);
		ret = make_link(ln, target, temporary);
	}
	if (!ret) {
		ret = (int)lkl_sys_renameat2(LKL_AT_FDCWD, temporary,
					     LKL_AT_FDCWD, path, 0);
		/* Two names of one file: rename() leaves both. */
		lkl_sys_unlinkat(LKL_AT_FDCWD, temporary, 0);
	}
	free(temporary);
	return ret;
}

static int run_ln(struct run *run, struct lkl_error *err)
{
	const struct ln *ln = run->options;
	const char *target = run->operands[0];
	char *path;
	int ret = change_target(target, run->operands[1], ln->no_directory,
				&path);

	if (!ret) {
		ret = make_link(ln, target, path);
		if (ret == -EEXIST && ln->force)
			ret = replace(ln, target, path);
		ret = change_done(run, path, ret, "cannot make link",
				  "created link");
		free(path);
	}
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

const struct command ln_command = {
	.name = "ln",
	.operands = "IMAGE TARGET LINK",
	.summary = "give a file one more name, or make a symbolic link",
	.flags = COMMAND_WRITES,
	.min = 2,
	.max = 2,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct ln),
	.run = run_ln,
};
