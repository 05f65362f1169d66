/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * key-prompt.h - asks for a passphrase on a terminal.
 */
#ifndef STORAGE_KEY_PROMPT_H
#define STORAGE_KEY_PROMPT_H

#include <stddef.h>
#include <sys/types.h>

/*
 * key_prompt - write a question to a terminal and read a line without echo
 *
 * Shows control characters in @question as question marks.  Returns the length of the
 * line without its newline, or -errno: -EINTR if a signal came (key-wait.h), -ENOTTY if
 * the process is in the background.  Restores the terminal's settings in any case.
 */
ssize_t key_prompt(int tty, const char *question, char *buf, size_t size);

/* key_prompt_tell - write a line to a terminal */
void key_prompt_tell(int tty, const char *line);

#endif /* STORAGE_KEY_PROMPT_H */
