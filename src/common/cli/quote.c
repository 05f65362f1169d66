// SPDX-License-Identifier: GPL-2.0-only
/*
 * quote.c - show names that come from an image.
 *
 * A name in an image may hold anything but a slash and a zero byte, terminal
 * escape sequences included.
 */
#include "quote.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t utf8_sequence(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t code;
	size_t i, n;

	if (!len)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;

	code = s[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < smallest[n] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

bool utf8_valid(const char *text, size_t len)
{
	while (len) {
		size_t n = utf8_sequence(text, len);

		if (!n)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

/* C1 controls are two bytes in UTF-8, and terminals obey them. */
static bool is_c1_control(const char *text, size_t n)
{
	return n == 2 && (unsigned char)text[0] == 0xc2 &&
		(unsigned char)text[1] < 0xa0;
}

static size_t escape(char *out, unsigned char c)
{
	static const char controls[] = "\a\b\f\n\r\t\v";
	static const char letters[] = "abfnrtv";
	const char *at = c ? strchr(controls, c) : NULL;

	if (at)
		return (size_t)sprintf(out, "\\%c", letters[at - controls]);
	if (c == '\\')
		return (size_t)sprintf(out, "\\\\");
	return (size_t)sprintf(out, "\\%03o", c);
}

/* A thread's, until it ends. */
struct slots {
	unsigned int turn;
	struct {
		char *text;
		size_t size;
	} slot[2];
};

static pthread_key_t slots_key;
static pthread_once_t slots_once = PTHREAD_ONCE_INIT;
static bool slots_failed;

static void free_slots(void *opaque)
{
	struct slots *slots = opaque;

	free(slots->slot[0].text);
	free(slots->slot[1].text);
	free(slots);
}

static void make_slots_key(void)
{
	slots_failed = pthread_key_create(&slots_key, free_slots);
}

/* @size bytes, or NULL. */
static char *take_slot(size_t size)
{
	struct slots *slots;
	unsigned int i;
	char *text;

	pthread_once(&slots_once, make_slots_key);
	if (slots_failed)
		return NULL;
	slots = pthread_getspecific(slots_key);
	if (!slots) {
		slots = calloc(1, sizeof(*slots));
		if (!slots || pthread_setspecific(slots_key, slots)) {
			free(slots);
			return NULL;
		}
	}
	i = slots->turn++ % 2;
	if (slots->slot[i].size < size) {
		text = realloc(slots->slot[i].text, size);
		if (!text)
			return NULL;
		slots->slot[i].text = text;
		slots->slot[i].size = size;
	}
	return slots->slot[i].text;
}

const char *quote_name(const char *name)
{
	size_t left = strlen(name), n;
	char *quoted = take_slot(4 * left + 1), *out = quoted;

	if (!quoted)
		return "(name too long to show)";
	while (left) {
		n = utf8_sequence(name, left);
		if (!n || is_c1_control(name, n) ||
		    (n == 1 && (*name < 0x20 || *name == 0x7f ||
				*name == '\\'))) {
			out += escape(out, (unsigned char)*name);
			n = 1;
		} else {
			memcpy(out, name, n);
			out += n;
		}
		name += n;
		left -= n;
	}
	*out = '\0';
	return quoted;
}
