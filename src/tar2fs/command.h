/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * command.h - the command line of a program that is going to be started.
 */
#ifndef TAR2FS_COMMAND_H
#define TAR2FS_COMMAND_H

#include <stddef.h>

#define COMMAND_MAX	64

struct command {
	const char *at[COMMAND_MAX + 1];	/* NULL ends them */
	size_t n;
	char *owned[COMMAND_MAX];		/* those made for it */
	size_t n_owned;
};

void command_free(struct command *command);

#define cleanup_command __attribute__((cleanup(command_free)))

/* These return 0, -E2BIG or -ENOMEM. */
int command_add(struct command *command, const char *argument);

/* Takes @argument, which may be NULL for lack of memory. */
int command_add_owned(struct command *command, char *argument);

int command_add_format(struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds @option and @value, unless @value is NULL or empty. */
int command_add_option(struct command *command, const char *option,
		       const char *value);

/* Adds words that are separated by spaces; nothing quotes them. */
int command_add_words(struct command *command, const char *words);

#endif /* TAR2FS_COMMAND_H */
