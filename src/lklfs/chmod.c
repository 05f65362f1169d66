// SPDX-License-Identifier: GPL-2.0-only
/*
 * chmod.c - lklfs chmod and chown: change permissions and owners.
 *
 * No symbolic link below a directory is followed.  One that is an operand is, but not
 * by chown -h and chown -R.
 */
#include "commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/cli/mode.h"
#include "common/error.h"
#include "change.h"
#include "print.h"
#include "run.h"
#include "traverse.h"

#define UNCHANGED UINT32_MAX

struct chmod {
	bool recursive, no_dereference;
	uint32_t uid, gid;		/* chown: UNCHANGED or a number */
};

static const struct option_entry chmod_entries[] = {
	{ 'R', "recursive", NULL, "directories and everything in them" },
	{ 0 }
};

static const struct option_entry chown_entries[] = {
	{ 'R', "recursive", NULL, "directories and everything in them" },
	{ 'h', "no-dereference", NULL,
	  "symbolic links themselves, not the files they lead to" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct chmod *chmod = ((struct run *)target)->options;

	(void)argument;
	(void)err;
	if (key == 'R')
		chmod->recursive = true;
	else
		chmod->no_dereference = true;
	return 0;
}

/* A mode such as "-x" is no option. */
static void protect_mode(int argc, char **argv)
{
	static char plus[16][16];
	unsigned int n = 0;
	int i;

	for (i = 1; i < argc && n < 16; i++) {
		if (argv[i][0] != '-' || !argv[i][1] ||
		    argv[i][1 + strspn(argv[i] + 1, "rwxXst,=+-ugoa")] ||
		    strlen(argv[i]) > 12 || argv[i][1] == '-')
			continue;
		/* "-x" and "a-x" are the same. */
		plus[n][0] = 'a';
		strcpy(plus[n] + 1, argv[i]);
		argv[i] = plus[n++];
	}
}

static int apply(struct run *run, int dir, const char *name, const char *path,
		 bool follow, const struct lkl_statx *st)
{
	const struct chmod *chmod = run->options;
	int ret;

	if (!strcmp(run->command->name, "chown")) {
		ret = (int)lkl_sys_fchownat(dir, name, chmod->uid, chmod->gid,
					    follow ? 0 :
					    LKL_AT_SYMLINK_NOFOLLOW);
		return change_done(run, path, ret, "cannot change the owner",
				   "changed");
	}
	ret = (int)lkl_sys_fchmodat(dir, name, (lkl_umode_t)
				    mode_change(run->operands[0],
						st->stx_mode));
	return change_done(run, path, ret, "cannot change the permissions",
			   "changed");
}

static int visit(struct traverse *traverse, int dir, const char *name,
		 const struct lkl_statx *st)
{
	struct run *run = traverse->run;
	/* The permissions of a link mean nothing. */
	if (S_ISLNK(st->stx_mode) && !strcmp(run->command->name, "chmod"))
		return 0;
	return apply(run, dir, name, traverse->path.text, false, st);
}

static int change_operand(struct run *run, const char *path)
{
	const struct chmod *chmod = run->options;
	struct lkl_statx st;
	int ret = stat_file(LKL_AT_FDCWD, path, !chmod->no_dereference, &st);

	if (ret < 0)
		return run_error(run, path, ret, "cannot stat");
	return apply(run, LKL_AT_FDCWD, path, path, !chmod->no_dereference,
		     &st);
}

/* The operands behind the mode or the owner. */
static int change_operands(struct run *run, struct lkl_error *err)
{
	static const struct traverse_events events = { .file = visit };
	const struct chmod *chmod = run->options;
	struct traverse traverse = {
		.run = run,
		.events = &events,
		/* As GNU chmod; GNU chown -R changes the link. */
		.follow_first = !strcmp(run->command->name, "chmod"),
	};
	unsigned int i;
	int ret = 0;

	for (i = 1; i < run->n_operands && !ret; i++)
		ret = chmod->recursive ?
			traverse_run(&traverse, run->operands[i]) :
			change_operand(run, run->operands[i]);
	path_free(&traverse.path);
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

static int prepare_chmod(struct run *run, struct lkl_error *err)
{
	return mode_check(run->operands[0], err);
}

/* "USER", "USER:GROUP", ":GROUP" */
static int parse_owner(struct run *run, struct lkl_error *err)
{
	struct chmod *chmod = run->options;
	char *text = run->operands[0], *colon = strchr(text, ':');
	int ret = 0;

	chmod->uid = chmod->gid = UNCHANGED;
	if (colon)
		*colon = '\0';
	if (*text)
		ret = accounts_parse_user(&run->accounts, text,
					  &chmod->uid, err);
	if (!ret && colon && colon[1])
		ret = accounts_parse_group(&run->accounts, colon + 1,
					   &chmod->gid, err);
	if (!ret && chmod->uid == UNCHANGED && chmod->gid == UNCHANGED)
		ret = error_set(err, -EINVAL, "neither a user nor a group");
	if (colon)
		*colon = ':';
	return ret;
}

static int run_chown(struct run *run, struct lkl_error *err)
{
	int ret = parse_owner(run, err);

	return ret < 0 ? ret : change_operands(run, err);
}

const struct command chmod_command = {
	.name = "chmod",
	.operands = "IMAGE MODE FILE...",
	.summary = "change permissions",
	.flags = COMMAND_WRITES,
	.min = 2,
	.max = OPERANDS_ANY,
	.entries = chmod_entries,
	.handle = handle,
	.options_size = sizeof(struct chmod),
	.translate = protect_mode,
	.prepare = prepare_chmod,
	.run = change_operands,
};

const struct command chown_command = {
	.name = "chown",
	.operands = "IMAGE [USER][:GROUP] FILE...",
	.summary = "change owners and groups",
	.flags = COMMAND_WRITES,
	.min = 2,
	.max = OPERANDS_ANY,
	.entries = chown_entries,
	.handle = handle,
	.options_size = sizeof(struct chmod),
	.run = run_chown,
};
