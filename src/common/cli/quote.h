/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quote.h - make names from an image safe to print.
 */
#ifndef TOOLS_QUOTE_H
#define TOOLS_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * quote_name - escape a name for one line on a terminal
 *
 * Control characters, backslashes and bytes that are not UTF-8 become escape
 * sequences in GNU tar's style.  The result belongs to the calling thread and
 * is valid until its second next call.
 */
const char *quote_name(const char *name);

/* quote_operand - the same for a path that may be empty, which is shown as '' */
const char *quote_operand(const char *path);

/* Is @text well-formed UTF-8 (no surrogates, shortest form)? */
bool utf8_valid(const char *text, size_t len);

/* Bytes of the well-formed UTF-8 sequence at @text; 0 if there is none. */
size_t utf8_sequence(const char *text, size_t len);

#endif /* TOOLS_QUOTE_H */
