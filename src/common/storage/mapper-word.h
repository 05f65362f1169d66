/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mapper-word.h - texts of an image that become parameters of a target.
 *
 * The kernel splits parameters where isspace() of its own finds a blank, which
 * are more bytes than those of the C locale.  So only known good ones pass.
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
