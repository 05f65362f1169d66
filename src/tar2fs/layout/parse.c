// SPDX-License-Identifier: GPL-2.0-only
/*
 * parse.c - the syntax of a file with definitions, that of systemd's units.
 */
#include "definition.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"

enum section {
	SECTION_NONE,
	SECTION_PARTITION,
	SECTION_IGNORED,		/* [X-...] */
};

struct parser {
	struct layout *layout;
	const char *file, *folder;
	const char *at, *end;
	unsigned int line;
	enum section section;
};

/* Removes white space at both ends. */
static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r");
	len = strlen(text);
	while (len && strchr(" \t\r", text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

/*
 * Appends the next line to @text, which has room for it, without its end.  False:
 * no line is left.
 */
static bool append_line(struct parser *parser, char *text)
{
	const char *end;
	size_t len = strlen(text);

	if (parser->at == parser->end)
		return false;
	end = memchr(parser->at, '\n', (size_t)(parser->end - parser->at));
	if (!end)
		end = parser->end;
	memcpy(text + len, parser->at, (size_t)(end - parser->at));
	len += (size_t)(end - parser->at);
	if (len && text[len - 1] == '\r')
		len--;
	text[len] = '\0';
	parser->at = end < parser->end ? end + 1 : end;
	parser->line++;
	return true;
}

static bool is_comment(const char *text)
{
	text += strspn(text, " \t");
	return *text == '#' || *text == ';';
}

/*
 * A backslash at the end of a line joins it with the next line that is no comment.
 */
static bool next_logical_line(struct parser *parser, char *text,
			      unsigned int *ret_line)
{
	size_t len;

	text[0] = '\0';
	if (!append_line(parser, text))
		return false;
	*ret_line = parser->line;
	while (!is_comment(text)) {
		len = strlen(text);
		if (!len || text[len - 1] != '\\')
			break;
		text[len - 1] = ' ';
		while (append_line(parser, text) && is_comment(text + len))
			text[len] = '\0';
	}
	return true;
}

static int begin_partition(struct parser *parser, unsigned int line,
			   struct lkl_error *err)
{
	struct layout *layout = parser->layout;
	struct definition *larger;

	if (layout->n == DEFINITIONS_MAX)
		return error_set(err, -E2BIG, "more than %u partitions",
				 DEFINITIONS_MAX);
	larger = realloc(layout->at, (layout->n + 1) * sizeof(*larger));
	if (!larger)
		return error_no_memory(err);
	layout->at = larger;
	layout->at[layout->n] = (struct definition){
		.file = parser->file, .line = line, .folder = parser->folder,
		.weight = DEFAULT_WEIGHT,
	};
	type_parse("linux-generic", &layout->at[layout->n++].type);
	return 0;
}

static int parse_section(struct parser *parser, char *text, unsigned int line,
			 struct lkl_error *err)
{
	size_t len = strlen(text);

	if (text[len - 1] != ']')
		return error_set(err, -EINVAL, "not a section: %s",
				 quote_name(text));
	if (!strncmp(text, "[X-", 3)) {
		parser->section = SECTION_IGNORED;
		return 0;
	}
	if (strcmp(text, "[Partition]"))
		return error_set(err, -EINVAL,
				 "unknown section, only [Partition] is known: %s",
				 quote_name(text));
	parser->section = SECTION_PARTITION;
	return begin_partition(parser, line, err);
}

static int parse_line(struct parser *parser, char *text, unsigned int line,
		      struct lkl_error *err)
{
	char *equals, *key;

	text = trim(text);
	if (!*text || is_comment(text))
		return 0;
	if (*text == '[')
		return parse_section(parser, text, line, err);
	equals = strchr(text, '=');
	if (!equals || equals == text)
		return error_set(err, -EINVAL, "not KEY=VALUE: %s",
				 quote_name(text));
	*equals = '\0';
	key = trim(text);
	if (parser->section == SECTION_NONE)
		return error_set(err, -EINVAL,
				 "%s=: is before the first [Partition]",
				 quote_name(key));
	if (parser->section == SECTION_IGNORED)
		return 0;
	return definition_set(&parser->layout->at[parser->layout->n - 1], line,
			      key, trim(equals + 1), err);
}

/* Keeps a copy as long as the layout. */
static const char *keep_name(struct layout *layout, const char *name)
{
	char *copy = strdup(name);

	if (copy && words_add(&layout->names, 0, copy, NULL) < 0) {
		free(copy);
		return NULL;
	}
	return copy;
}

int layout_parse(struct layout *layout, const char *file, const char *folder,
		 const char *text, size_t len, struct lkl_error *err)
{
	struct parser parser = {
		.layout = layout, .at = text, .end = text + len,
	};
	/* A file may be one logical line. */
	cleanup_free char *line = malloc(len + 1);
	size_t before = layout->n;
	unsigned int number;
	int ret = 0;

	parser.file = keep_name(layout, file);
	parser.folder = keep_name(layout, folder);
	if (!line || !parser.file || !parser.folder)
		return error_no_memory(err);
	if (memchr(text, '\0', len))
		return error_set(err, -EINVAL, "%s: not a text file",
				 quote_name(file));
	while (!ret && next_logical_line(&parser, line, &number)) {
		ret = parse_line(&parser, line, number, err);
		if (ret < 0)
			error_prefix(err, ret, "%s:%u", quote_name(file),
				     number);
	}
	if (!ret && layout->n == before)
		ret = error_set(err, -EINVAL, "%s: has no section [Partition]",
				quote_name(file));
	return ret;
}
