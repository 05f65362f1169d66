/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quote.h - show names that come from an image.
 */
#ifndef TOOLS_QUOTE_H
#define TOOLS_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * quote_name - a name as it can be printed on one line of a terminal
 *
 * Control characters, backslashes and what is not UTF-8 become escapes, as
 * GNU tar writes them.  The result is the thread's own and holds until the
 * second call after this one.
 */
const char *quote_name(const char *name);

/* Whether @text is well-formed UTF-8 (no surrogates, shortest form). */
bool utf8_valid(const char *text, size_t len);

/* Length of the well-formed sequence at @text, 0 if there is none. */
size_t utf8_sequence(const char *text, size_t len);

#endif /* TOOLS_QUOTE_H */
