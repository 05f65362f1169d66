/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * commands.h - the commands of lklfs, and the state of one run.
 *
 * A command is one file and one line of the table in commands.c; HACKING.md has
 * a recipe.
 */
#ifndef LKLFS_COMMANDS_H
#define LKLFS_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cli/common-options.h"
#include "common/image/session.h"
#include "common/json-writer.h"
#include "common/tree/accounts.h"

/* One run of a command. */
struct run {
	const struct command *command;
	struct common_options common;
	bool json;
	bool read_only;			/* the image is opened for reading */
	const char *image;
	char **operands;		/* those behind IMAGE */
	unsigned int n_operands;
	void *options;			/* the command's own, zeroed at first */
	struct session *session;
	bool to_terminal;		/* standard output is one */
	bool in_shell;			/* one line of "lklfs shell" */
	struct json_writer writer;	/* to standard output */
	struct accounts accounts;	/* of users and groups */
	uint64_t log_mark;		/* position in the kernel's log */
	unsigned int failures;		/* errors reported */
	int status;			/* exit status if there is no error */
};

#define COMMAND_WRITES		0x1u	/* opens the image for writing */
/* run() opens, confines and closes by itself, and is not for the shell. */
#define COMMAND_ALONE		0x4u

#define COMMAND_READS_INPUT	0x8u	/* standard input: not for the shell */

#define OPERANDS_ANY 0xffffffffu

struct command {
	const char *name;
	const char *operands;		/* "IMAGE [PATH]..." for --help */
	const char *summary;		/* a line without a full stop */
	const char *notes;		/* for --help; NULL: none */
	unsigned int flags;		/* COMMAND_... */
	unsigned int min, max;		/* operands behind IMAGE */
	int trouble;			/* exit status after an error; 0: 1 */

	const struct option_entry *entries;	/* NULL: no options */
	/* @target is the struct run.  Returns 0 or -errno. */
	int (*handle)(int key, const char *argument, void *target,
		      struct lkl_error *err);
	size_t options_size;		/* of run->options */
	/* Rewrites arguments in another style before they are parsed. */
	void (*translate)(int argc, char **argv);
	/* After the options, before the image and the sandbox; or NULL. */
	int (*prepare)(struct run *run, struct lkl_error *err);
	/* Frees what handle() and prepare() allocated; or NULL. */
	void (*release)(struct run *run);

	/*
	 * The root directory of the image is that of all lkl_sys_...() calls, and
	 * the current directory.  A problem with one file goes to run_error(),
	 * and the command goes on.  Returns 0, or -errno with a sentence that
	 * names the file.
	 */
	int (*run)(struct run *run, struct lkl_error *err);
};

/* command_find - the command of this name; NULL if there is none */
const struct command *command_find(const char *name);

/* command_at - all commands in the order of --help; NULL at the end */
const struct command *command_at(unsigned int i);

extern const struct command cat_command;
extern const struct command chmod_command;
extern const struct command chown_command;
extern const struct command copy_command;
extern const struct command cp_command;
extern const struct command df_command;
extern const struct command diff_command;
extern const struct command du_command;
extern const struct command edit_command;
extern const struct command find_command;
extern const struct command hash_command;
extern const struct command label_command;
extern const struct command list_command;
extern const struct command ln_command;
extern const struct command ls_command;
extern const struct command mkdir_command;
extern const struct command mtree_command;
extern const struct command mv_command;
extern const struct command os_command;
extern const struct command rm_command;
extern const struct command sftp_command;
extern const struct command shell_command;
extern const struct command snapshot_command;
extern const struct command stat_command;
extern const struct command touch_command;
extern const struct command tree_command;
extern const struct command trim_command;
extern const struct command truncate_command;
extern const struct command write_command;

#endif /* LKLFS_COMMANDS_H */
