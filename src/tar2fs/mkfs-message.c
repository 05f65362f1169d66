// SPDX-License-Identifier: GPL-2.0-only
/*
 * mkfs-message.c - finds the reason in the messages of a mkfs program.
 *
 * Some programs print the reason first, and then explain their options.  Others print
 * a banner, warnings and their progress first, and then the reason.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* strcasestr */
#endif
#include "mkfs-message.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Lines with these are no reasons. */
static const char *const noise[] = {
	"warning", "info:", " version ", "mkfs.fat 4", "f2fs-tools",
	"is not a block device", "forced anyway", "was not specified for",
	"ld.so: object", "are deprecated", "too small for a journal",
};

static bool is_noise(const char *line)
{
	size_t i;

	for (i = 0; i < sizeof(noise) / sizeof(*noise); i++)
		if (strcasestr(line, noise[i]))
			return true;
	return false;
}

static bool is_usage(const char *line)
{
	return !strncasecmp(line, "usage:", 6);
}

static bool is_blank(const char *line)
{
	return !line[strspn(line, " \t\r")];
}

/* Splits @text in place.  Returns the next line, or NULL. */
static char *next_line(char **text)
{
	char *line = *text;

	if (!*line)
		return NULL;
	*text += strcspn(line, "\n");
	if (**text)
		*(*text)++ = '\0';
	return line;
}

/* Appends the indented lines that @text begins with. */
static void append_rest(char *line, char **text)
{
	char *end = line + strlen(line), *rest;

	while (isblank((unsigned char)**text)) {
		/* One that explains the first. */
		if (!strncasecmp(*text + strspn(*text, " \t"), "error", 5))
			break;
		rest = next_line(text);
		rest += strspn(rest, " \t");
		if (!*rest)
			break;
		*end++ = ' ';
		memmove(end, rest, strlen(rest) + 1);
		end += strlen(end);
	}
}

/* The text behind "mke2fs: " or "/sbin/mke2fs: "; NULL without such a start. */
static char *behind_program(char *line, const char *program)
{
	const size_t len = strlen(program);
	char *colon = strstr(line, ": ");

	if (!colon || colon < line + len || strncmp(colon - len, program, len) ||
	    memchr(line, ' ', (size_t)(colon - line)))
		return NULL;
	return colon + 2;
}

/* The first line that tells of an error, the first, or else the last one. */
static char *find_reason(char *text, const char *program)
{
	char *line, *first = NULL, *last = NULL;
	bool usage = false, sure;

	while ((line = next_line(&text))) {
		usage = usage || is_usage(line);
		if (is_blank(line))
			continue;
		last = line;
		if (usage || is_noise(line))
			continue;
		sure = strcasestr(line, "error") ||
			behind_program(line, program);
		if (!first || sure) {
			append_rest(line, &text);
			if (sure)
				return line;
			first = line;
		}
	}
	return first ? first : last;
}

/* Replaces all @from, which are longer than @to. */
static void replace_all(char *text, const char *from, const char *to)
{
	char *at;

	while ((at = strstr(text, from))) {
		memcpy(at, to, strlen(to));
		memmove(at + strlen(to), at + strlen(from),
			strlen(at + strlen(from)) + 1);
	}
}

char *mkfs_message(const char *program, const char *image, const char *text)
{
	char *copy = strdup(text), *reason, *end, *behind;

	if (!copy)
		return NULL;
	reason = find_reason(copy, program);
	if (!reason) {
		*copy = '\0';
		return copy;
	}
	reason += strspn(reason, " \t");
	behind = behind_program(reason, program);
	if (behind)
		reason = behind;
	if (!strncasecmp(reason, "error: ", 7))
		reason += 7;
	memmove(copy, reason, strlen(reason) + 1);
	replace_all(copy, image, "the image");
	end = copy + strlen(copy);
	while (end > copy && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return copy;
}
