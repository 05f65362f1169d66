// SPDX-License-Identifier: GPL-2.0-only
/*
 * quote.c - make names from an image safe to print.
 *
 * A name in an image may hold any byte except a slash and a zero, so it may
 * hold terminal escape sequences.
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

/* C1 control characters have two bytes in UTF-8, and terminals obey them. */
static bool is_c1_control(const char *text, size_t n)
{
	return n == 2 && (unsigned char)text[0] == 0xc2 &&
		(unsigned char)text[1] < 0xa0;
}

static size_t escape_byte(char *out, unsigned char c)
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

/* A thread has two buffers and uses them in turn. */
struct quote_buffers {
	unsigned int turn;
	struct {
		char *text;
		size_t size;
	} buffer[2];
};

static pthread_key_t buffers_key;
static pthread_once_t buffers_once = PTHREAD_ONCE_INIT;
static bool buffers_failed;

static void free_buffers(void *opaque)
{
	struct quote_buffers *buffers = opaque;

	free(buffers->buffer[0].text);
	free(buffers->buffer[1].text);
	free(buffers);
}

static void make_buffers_key(void)
{
	buffers_failed = pthread_key_create(&buffers_key, free_buffers);
}

/* The thread's next buffer, of at least @size bytes, or NULL. */
static char *next_buffer(size_t size)
{
	struct quote_buffers *buffers;
	unsigned int i;
	char *text;

	pthread_once(&buffers_once, make_buffers_key);
	if (buffers_failed)
		return NULL;
	buffers = pthread_getspecific(buffers_key);
	if (!buffers) {
		buffers = calloc(1, sizeof(*buffers));
		if (!buffers || pthread_setspecific(buffers_key, buffers)) {
			free(buffers);
			return NULL;
		}
	}
	i = buffers->turn++ % 2;
	if (buffers->buffer[i].size < size) {
		text = realloc(buffers->buffer[i].text, size);
		if (!text)
			return NULL;
		buffers->buffer[i].text = text;
		buffers->buffer[i].size = size;
	}
	return buffers->buffer[i].text;
}

const char *quote_name(const char *name)
{
	size_t left = strlen(name), n;
	char *quoted = next_buffer(4 * left + 1), *out = quoted;

	if (!quoted)
		return "(name too long to show)";
	while (left) {
		n = utf8_sequence(name, left);
		if (!n || is_c1_control(name, n) ||
		    (n == 1 && (*name < 0x20 || *name == 0x7f ||
				*name == '\\'))) {
			out += escape_byte(out, (unsigned char)*name);
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

const char *quote_operand(const char *path)
{
	return *path ? quote_name(path) : "''";
}
