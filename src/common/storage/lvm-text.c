// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvm-text.c - parse the text in which LVM keeps its metadata.
 */
#include "lvm-text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

#define DEPTH_MAX	16
#define VALUES_MAX	1000000u

struct parser {
	const char *at, *end;
	unsigned int line, depth, values;
	struct lkl_error *err;
};

static int refuse(struct parser *p, const char *what)
{
	return error_set(p->err, -EINVAL, "line %u: %s", p->line, what);
}

static void skip_space(struct parser *p)
{
	for (; p->at < p->end; p->at++) {
		if (*p->at == '#')
			while (p->at + 1 < p->end && p->at[1] != '\n')
				p->at++;
		else if (*p->at == '\n')
			p->line++;
		else if (!isspace((unsigned char)*p->at))
			return;
	}
}

/* The next byte that is no space; 0 at the end. */
static char next_byte(struct parser *p)
{
	skip_space(p);
	return p->at < p->end ? *p->at : 0;
}

static bool take(struct parser *p, char byte)
{
	if (next_byte(p) != byte)
		return false;
	p->at++;
	return true;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_.+-", c));
}

static int new_value(struct parser *p, enum lvm_type type, char *name,
		     struct lvm_value **ret_value)
{
	struct lvm_value *value;

	if (++p->values > VALUES_MAX) {
		free(name);
		return refuse(p, "too many values");
	}
	value = calloc(1, sizeof(*value));
	if (!value || !name) {
		free(value);
		free(name);
		return error_no_memory(p->err);
	}
	value->type = type;
	value->name = name;
	*ret_value = value;
	return 0;
}

static int parse_word(struct parser *p, char **ret_word)
{
	const char *start;

	skip_space(p);
	for (start = p->at; p->at < p->end && is_word(*p->at); p->at++)
		;
	if (p->at == start)
		return refuse(p, "a name is missing");
	*ret_word = strndup(start, (size_t)(p->at - start));
	return *ret_word ? 0 : error_no_memory(p->err);
}

static int parse_string(struct parser *p, struct lvm_value *value)
{
	const char *end;
	char *to;

	for (end = p->at; end < p->end && *end != '"' && *end != '\n' && *end;
	     end++)
		if (*end == '\\' && end + 1 < p->end)
			end++;
	if (end >= p->end || *end != '"')
		return refuse(p, "a string does not end");
	value->string = to = malloc((size_t)(end - p->at) + 1);
	if (!to)
		return error_no_memory(p->err);
	for (; p->at < end; p->at++) {
		if (*p->at == '\\')
			p->at++;
		*to++ = *p->at;
	}
	*to = '\0';
	p->at++;
	return 0;
}

/* Metadata may have fractions and signs, though no value that matters here does. */
static int parse_number(struct parser *p, struct lvm_value *value)
{
	uint64_t number = 0;
	bool negative = take(p, '-');

	if (p->at == p->end || !isdigit((unsigned char)*p->at))
		return refuse(p, "a value is missing");
	for (; p->at < p->end && isdigit((unsigned char)*p->at); p->at++)
		if (__builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number,
					   (uint64_t)(*p->at - '0'), &number))
			return refuse(p, "a number is too large");
	if (p->at < p->end && *p->at == '.')
		for (p->at++; p->at < p->end &&
		     isdigit((unsigned char)*p->at); p->at++)
			;
	value->number = negative ? 0 - number : number;
	return 0;
}

static int parse_value(struct parser *p, char *name,
		       struct lvm_value **ret_value);

static int parse_list(struct parser *p, struct lvm_value *list)
{
	struct lvm_value **last = &list->first;
	int ret;

	if (take(p, ']'))
		return 0;
	do {
		ret = parse_value(p, strdup(""), last);
		if (ret < 0)
			return ret;
		last = &(*last)->next;
	} while (take(p, ','));
	return take(p, ']') ? 0 : refuse(p, "a list does not end");
}

/* Takes @name.  A value that was begun is in *@ret_value even after an error. */
static int parse_value(struct parser *p, char *name,
		       struct lvm_value **ret_value)
{
	enum lvm_type type = LVM_NUMBER;
	struct lvm_value *value;
	int ret;

	if (take(p, '['))
		type = LVM_LIST;
	else if (take(p, '"'))
		type = LVM_STRING;
	ret = new_value(p, type, name, &value);
	if (ret < 0)
		return ret;
	*ret_value = value;
	if (type == LVM_NUMBER)
		return parse_number(p, value);
	if (type == LVM_STRING)
		return parse_string(p, value);
	if (p->depth >= DEPTH_MAX)
		return refuse(p, "nested too deeply");
	p->depth++;
	ret = parse_list(p, value);
	p->depth--;
	return ret;
}

/* Up to the end of the section, or of the text for the first one. */
static int parse_section(struct parser *p, struct lvm_value *section)
{
	struct lvm_value **last = &section->first;
	char *name = NULL;
	int ret;

	for (;;) {
		switch (next_byte(p)) {
		case '\0':
			if (p->at < p->end && p->depth)
				return refuse(p, "a byte that is not text");
			return p->depth ? refuse(p, "a section does not end") :
				0;
		case '}':
			if (!p->depth)
				return refuse(p, "a section that did not begin");
			p->at++;
			return 0;
		}
		ret = parse_word(p, &name);
		if (ret < 0)
			return ret;
		if (take(p, '{')) {
			ret = new_value(p, LVM_SECTION, name, last);
			if (ret < 0)
				return ret;
			if (p->depth >= DEPTH_MAX)
				return refuse(p, "nested too deeply");
			p->depth++;
			ret = parse_section(p, *last);
			p->depth--;
		} else if (take(p, '=')) {
			ret = parse_value(p, name, last);
		} else {
			free(name);
			ret = refuse(p, "a name without a value");
		}
		if (ret < 0)
			return ret;
		last = &(*last)->next;
	}
}

void lvm_text_free(struct lvm_value *top)
{
	struct lvm_value *next;

	for (; top; top = next) {
		next = top->next;
		lvm_text_free(top->first);
		free(top->name);
		free(top->string);
		free(top);
	}
}

int lvm_text_parse(const char *text, size_t len, struct lvm_value **ret_top,
		   struct lkl_error *err)
{
	struct parser p = {
		.at = text, .end = text + len, .line = 1, .err = err,
	};
	struct lvm_value *top;
	int ret;

	if (len > LVM_TEXT_MAX)
		return error_set(err, -EINVAL, "%zu bytes of metadata are too many", len);
	ret = new_value(&p, LVM_SECTION, strdup(""), &top);
	if (ret < 0)
		return ret;
	ret = parse_section(&p, top);
	if (ret < 0)
		lvm_text_free(top);
	else
		*ret_top = top;
	return ret;
}

const struct lvm_value *lvm_find(const struct lvm_value *section,
				 const char *name, enum lvm_type type)
{
	const struct lvm_value *value;

	for (value = section->first; value; value = value->next)
		if (value->type == type && !strcmp(value->name, name))
			return value;
	return NULL;
}

uint64_t lvm_number(const struct lvm_value *section, const char *name,
		    uint64_t missing)
{
	const struct lvm_value *value = lvm_find(section, name, LVM_NUMBER);

	return value ? value->number : missing;
}

const char *lvm_string(const struct lvm_value *section, const char *name)
{
	const struct lvm_value *value = lvm_find(section, name, LVM_STRING);

	return value ? value->string : NULL;
}

bool lvm_list_has(const struct lvm_value *section, const char *name,
		  const char *string)
{
	const struct lvm_value *value = lvm_find(section, name, LVM_LIST);

	for (value = value ? value->first : NULL; value; value = value->next)
		if (value->type == LVM_STRING && !strcmp(value->string, string))
			return true;
	return false;
}
