/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * value.h - the values of keys: text, words, paths.
 *
 * Functions return 0, or -errno with a sentence.
 */
#ifndef TAR2FS_LAYOUT_VALUE_H
#define TAR2FS_LAYOUT_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include <lkl.h>

/* "%%" is a percent sign and "%a" the architecture, as systemd has it. */
int value_expand(const char *text, char **ret_text, struct lkl_error *err);

/*
 * value_next_word - take the next word from @text
 * @end: the character behind it; 0: white space
 * @ret_word: to be freed; NULL if no word is left
 *
 * A backslash makes the next character a part of the word.  If @end is 0, quotes do so
 * for several.
 */
int value_next_word(const char **text, char end, char **ret_word,
		    struct lkl_error *err);

/* A path in the file system that is made: absolute, without "..". */
int value_check_target(const char *path, struct lkl_error *err);

/* The length of UTF-8 in units of UTF-16. */
size_t value_count_units(const char *text);

int value_parse_boolean(const char *value, bool *ret_value,
			struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_VALUE_H */
