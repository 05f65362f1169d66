/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arguments.h - the command line of lklfs and of its commands.
 */
#ifndef LKLFS_ARGUMENTS_H
#define LKLFS_ARGUMENTS_H

#include "commands.h"

/*
 * arguments_parse - parse "lklfs COMMAND [OPTION]... IMAGE [OPERAND]..."
 *
 * Returns 1 to go on, 0 after --help and the like, -errno.  run_free() is needed
 * only after 1.  After -ENOTSUP, a library is missing that ret_run->command needs.
 */
int arguments_parse(int argc, char **argv, struct run *ret_run,
		    struct lkl_error *err);

/*
 * arguments_parse_line - the same for a line of the shell
 * @argv: begins with the name of the command; there is no IMAGE
 * @image_run: of the shell
 */
int arguments_parse_line(int argc, char **argv, const struct run *image_run,
			 struct run *ret_run, struct lkl_error *err);

/*
 * arguments_set_flag - command.handle for one option without an argument
 *
 * Sets the bool with which the options of the command begin.
 */
int arguments_set_flag(int key, const char *argument, void *target,
		       struct lkl_error *err);

#endif /* LKLFS_ARGUMENTS_H */
