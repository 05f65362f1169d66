// SPDX-License-Identifier: GPL-2.0-only
/*
 * value.c - the values of keys: text, words, paths.
 */
#include "value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "common/image/partition-type.h"

int value_expand(const char *text, char **ret_text, struct lkl_error *err)
{
	const char *architecture = types_architecture();
	char *to = malloc(strlen(text) * (strlen(architecture) + 1) + 1);
	size_t len = 0;

	if (!to)
		return error_no_memory(err);
	for (; *text; text++) {
		if (*text != '%') {
			to[len++] = *text;
			continue;
		}
		text++;
		if (*text == 'a') {
			memcpy(to + len, architecture, strlen(architecture));
			len += strlen(architecture);
		} else if (*text == '%') {
			to[len++] = '%';
		} else {
			free(to);
			return error_set(err, -EINVAL,
					 "only %%a and %%%% are supported: %s",
					 quote_name(text - 1));
		}
	}
	to[len] = '\0';
	*ret_text = to;
	return 0;
}

int value_next_word(const char **text, char end, char **ret_word,
		     struct lkl_error *err)
{
	const char *from = *text;
	char *word, quote = 0;
	size_t len = 0;

	*ret_word = NULL;
	from += end ? 0 : strspn(from, " \t");
	if (!*from)
		return 0;
	word = malloc(strlen(from) + 1);
	if (!word)
		return error_no_memory(err);
	for (; *from; from++) {
		if (*from == '\\' && from[1]) {
			word[len++] = *++from;
		} else if (quote) {
			if (*from == quote)
				quote = 0;
			else
				word[len++] = *from;
		} else if (!end && (*from == '"' || *from == '\'')) {
			quote = *from;
		} else if (end ? *from == end : isspace((unsigned char)*from)) {
			from++;
			break;
		} else {
			word[len++] = *from;
		}
	}
	word[len] = '\0';
	if (quote) {
		free(word);
		return error_set(err, -EINVAL, "a quote has no end");
	}
	*text = from;
	*ret_word = word;
	return 0;
}

static bool is_inside(const char *path)
{
	const char *at;

	if (*path != '/')
		return false;
	for (at = path; (at = strstr(at, "/..")); at += 3)
		if (!at[3] || at[3] == '/')
			return false;
	return true;
}

int value_check_target(const char *path, struct lkl_error *err)
{
	return is_inside(path) ? 0 :
		error_set(err, -EINVAL, "not an absolute path without ..: %s",
			  quote_name(path));
}

/* Non-ASCII characters: those above U+FFFF take two units. */
size_t value_count_units(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) == 0x80 ? 0 :
			(unsigned char)*text >= 0xf0 ? 2 : 1;
	return n;
}

int value_parse_boolean(const char *value, bool *ret_value,
			 struct lkl_error *err)
{
	static const char *const words[] = {
		"1", "yes", "y", "true", "t", "on",
		"0", "no", "n", "false", "f", "off",
	};
	size_t i;

	for (i = 0; i < 12; i++) {
		if (strcasecmp(words[i], value))
			continue;
		*ret_value = i < 6;
		return 0;
	}
	return error_set(err, -EINVAL, "not yes or no: %s", quote_name(value));
}
