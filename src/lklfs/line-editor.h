/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * line-editor.h - reads lines from a terminal, with libedit if it is there.
 */
#ifndef LKLFS_LINE_EDITOR_H
#define LKLFS_LINE_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * line_editor_open - load libedit, and the history of earlier shells
 * @complete: called with the word at the cursor, and whether it is the first one;
 *	      stores zero-separated candidates, which the editor frees
 *
 * Without libedit lines are read as the terminal gives them.
 */
void line_editor_open(int (*complete)(const char *word, bool first,
				      char **ret_text, size_t *ret_len));

/* line_editor_read - the next line, which the caller frees; NULL at the end */
char *line_editor_read(const char *prompt);

/* line_editor_close - keep the history */
void line_editor_close(void);

#endif /* LKLFS_LINE_EDITOR_H */
