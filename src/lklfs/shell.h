/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shell.h - lklfs shell: the two processes, and their messages.
 *
 * The front reads lines from the user and edits them.  It is not confined, and it
 * sees nothing of the image but names that it offers as completions.  The engine
 * has opened the image, is confined, and runs the commands.
 *
 * The front sends a question, and the engine answers with a status and a text.
 */
#ifndef LKLFS_SHELL_H
#define LKLFS_SHELL_H

#include "commands.h"

struct shell_channel {
	int in, out;
};

enum shell_kind {
	SHELL_RUN,			/* a line; the answer has no text */
	SHELL_COMPLETE,			/* the begin of a path; the answer is the
					   paths, each with a zero byte */
	SHELL_ANSWER,
};

#define SHELL_TEXT_MAX (1u << 20)

/* shell_send - 0 or -errno */
int shell_send(const struct shell_channel *channel, enum shell_kind kind,
	       int status, const char *text, size_t len);

/*
 * shell_receive - the next message
 *
 * The caller frees *@ret_text, which ends with a zero byte.  -EPIPE: the other process
 * has ended; -EPROTO: the message is malformed.
 */
int shell_receive(const struct shell_channel *channel,
		  enum shell_kind *ret_kind, int *ret_status, char **ret_text,
		  size_t *ret_len);

/* shell_engine - the engine's command.run(); run->options is a struct shell_channel */
int shell_engine(struct run *run, struct lkl_error *err);

/*
 * shell_complete - ask for completions
 *
 * As shell_receive(): paths, each with a zero byte.  Drops those that have control
 * characters.
 */
int shell_complete(const struct shell_channel *channel, const char *begin,
		   char **ret_text, size_t *ret_len);

#endif /* LKLFS_SHELL_H */
