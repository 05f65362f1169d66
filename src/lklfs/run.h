/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.h - opens the image for a command, runs it, and reports its errors.
 */
#ifndef LKLFS_RUN_H
#define LKLFS_RUN_H

#include "commands.h"

/* Exit statuses of the program; some commands, such as diff, have more. */
enum {
	EXIT_DONE,
	EXIT_INCOMPLETE,
	EXIT_USAGE,
};

/* command_trouble - the exit status of a command after an error */
static inline int command_trouble(const struct command *command)
{
	return command->trouble ? command->trouble : EXIT_INCOMPLETE;
}

/*
 * run_command - open the image, confine the process, run, and close
 *
 * Reports all errors.  Returns the exit status.
 */
int run_command(struct run *run);

/*
 * run_in_image - run the command in the image that is open
 *
 * For the shell.  Reports all errors.  Returns the exit status.
 */
int run_in_image(struct run *run);

/*
 * run_host_failed - whether the host has failed to write the image
 *
 * Then no file can be written any more, and session_close() tells the reason.
 */
bool run_host_failed(const struct run *run);

/* run_free - free the memory that arguments_parse() allocated */
void run_free(struct run *run);

/*
 * run_error - report a problem with one file
 * @path: as the user knows it
 * @code: the -errno of the call that failed; 0 if @what says everything
 * @what: what failed, for example "cannot open"
 *
 * Returns 0, or @code if the command cannot go on; then nothing is reported.
 */
int run_error(struct run *run, const char *path, int code, const char *what);

/*
 * run_fatal - fill @err for a code that run_error() has returned
 */
int run_fatal(const struct run *run, int code, struct lkl_error *err);

#endif /* LKLFS_RUN_H */
