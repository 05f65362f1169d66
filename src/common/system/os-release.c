// SPDX-License-Identifier: GPL-2.0-only
/*
 * os-release.c - the lines of /etc/os-release.
 */
#include "os-release.h"

#include <stdlib.h>
#include <string.h>

/* Without the quotes of the shell; only what os-release(5) allows. */
static char *unquote(const char *value, size_t len)
{
	char *text = malloc(len + 1), *out = text, quote = 0;
	const char *end = value + len;

	if (!text)
		return NULL;
	if (len && (*value == '"' || *value == '\''))
		quote = *value++;
	for (; value < end && *value != quote; value++) {
		if (*value == '\\' && quote != '\'' && value + 1 < end)
			value++;
		*out++ = *value;
	}
	*out = '\0';
	return text;
}

char *os_release_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text && *text) {
		if (!strncmp(text, key, len) && text[len] == '=') {
			text += len + 1;
			return unquote(text, strcspn(text, "\n"));
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return NULL;
}
