/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mapper-word.h - texts of an image that become parameters of a target.
 *
 * The kernel splits parameters at each byte that its own isspace() takes for a blank;
 * these are more bytes than in the C locale.  So only known good bytes pass.
 */
#ifndef STORAGE_MAPPER_WORD_H
#define STORAGE_MAPPER_WORD_H

#include <stdbool.h>
#include <string.h>

static inline bool mapper_is_word(const char *text)
{
	return text && *text &&
		!text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789:()_,.-")];
}

#endif /* STORAGE_MAPPER_WORD_H */
