// SPDX-License-Identifier: GPL-2.0-only
/*
 * command.c - the command line of a program that is going to be started.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* vasprintf */
#endif
#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void command_free(struct command *command)
{
	while (command->n_owned)
		free(command->owned[--command->n_owned]);
}

int command_add(struct command *command, const char *argument)
{
	if (command->n == COMMAND_MAX)
		return -E2BIG;
	command->at[command->n++] = argument;
	command->at[command->n] = NULL;
	return 0;
}

int command_add_owned(struct command *command, char *argument)
{
	int ret = argument ? command_add(command, argument) : -ENOMEM;

	if (ret < 0)
		free(argument);
	else
		command->owned[command->n_owned++] = argument;
	return ret;
}

int command_add_format(struct command *command, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	return command_add_owned(command, len < 0 ? NULL : text);
}

int command_add_option(struct command *command, const char *option,
		       const char *value)
{
	int ret;

	if (!value || !*value)
		return 0;
	ret = command_add(command, option);
	return ret < 0 ? ret : command_add(command, value);
}

int command_add_words(struct command *command, const char *words)
{
	size_t len;
	int ret = 0;

	for (; words && *words && !ret; words += len) {
		words += strspn(words, " ");
		len = strcspn(words, " ");
		if (len)
			ret = command_add_owned(command, strndup(words, len));
	}
	return ret;
}
