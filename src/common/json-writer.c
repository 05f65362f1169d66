// SPDX-License-Identifier: GPL-2.0-only
/*
 * json-writer.c - writes JSON, one object on each line.
 *
 * Errors of the stream are left to its owner, who asks ferror() at the end.
 */
#include "json-writer.h"

#include <inttypes.h>
#include <string.h>

#include "common/cli/quote.h"

void json_writer_init(struct json_writer *writer, FILE *out)
{
	writer->out = out;
	writer->comma = false;
}

static void put_text(struct json_writer *writer, const char *text)
{
	fputs(text, writer->out);
}

/* A comma if one is needed, and the key. */
static void begin_member(struct json_writer *writer, const char *key)
{
	if (writer->comma)
		putc(',', writer->out);
	writer->comma = true;
	if (key)
		fprintf(writer->out, "\"%s\":", key);
}

void json_line_begin(struct json_writer *writer)
{
	writer->comma = false;
	putc('{', writer->out);
}

void json_line_end(struct json_writer *writer)
{
	put_text(writer, "}\n");
	writer->comma = false;
}

void json_object_begin(struct json_writer *writer, const char *key)
{
	begin_member(writer, key);
	putc('{', writer->out);
	writer->comma = false;
}

void json_object_end(struct json_writer *writer)
{
	putc('}', writer->out);
	writer->comma = true;
}

void json_array_begin(struct json_writer *writer, const char *key)
{
	begin_member(writer, key);
	putc('[', writer->out);
	writer->comma = false;
}

void json_array_end(struct json_writer *writer)
{
	putc(']', writer->out);
	writer->comma = true;
}

/* DEL and the C1 controls are valid in JSON, but a terminal obeys them. */
static void put_sequence(struct json_writer *writer, const char *text,
			 size_t n)
{
	const unsigned char *c = (const unsigned char *)text;

	if (n == 1 && (*c == '"' || *c == '\\'))
		fprintf(writer->out, "\\%c", *c);
	else if (n == 1 && (*c < 0x20 || *c == 0x7f))
		fprintf(writer->out, "\\u%04x", *c);
	else if (n == 2 && c[0] == 0xc2 && c[1] < 0xa0)
		fprintf(writer->out, "\\u%04x", c[1]);
	else
		fwrite(text, 1, n, writer->out);
}

static void put_string(struct json_writer *writer, const char *text)
{
	size_t left = strlen(text), n;

	putc('"', writer->out);
	while (left) {
		n = utf8_sequence(text, left);
		if (n)
			put_sequence(writer, text, n);
		else
			put_text(writer, "\\ufffd");
		n += !n;
		text += n;
		left -= n;
	}
	putc('"', writer->out);
}

void json_string(struct json_writer *writer, const char *key,
		 const char *value)
{
	begin_member(writer, key);
	put_string(writer, value);
}

static void put_base64(struct json_writer *writer, const char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = (const unsigned char *)text;
	size_t left = strlen(text), n;
	uint32_t bits;

	putc('"', writer->out);
	for (; left; left -= n, s += n) {
		n = left < 3 ? left : 3;
		bits = (uint32_t)s[0] << 16 |
			(n > 1 ? (uint32_t)s[1] << 8 : 0) |
			(n > 2 ? s[2] : 0);
		putc(digits[bits >> 18], writer->out);
		putc(digits[bits >> 12 & 63], writer->out);
		putc(n > 1 ? digits[bits >> 6 & 63] : '=', writer->out);
		putc(n > 2 ? digits[bits & 63] : '=', writer->out);
	}
	putc('"', writer->out);
}

void json_name(struct json_writer *writer, const char *key, const char *value)
{
	json_string(writer, key, value);
	if (utf8_valid(value, strlen(value)))
		return;
	fprintf(writer->out, ",\"%s_base64\":", key);
	put_base64(writer, value);
}

void json_unsigned(struct json_writer *writer, const char *key, uint64_t value)
{
	begin_member(writer, key);
	fprintf(writer->out, "%" PRIu64, value);
}

void json_signed(struct json_writer *writer, const char *key, int64_t value)
{
	begin_member(writer, key);
	fprintf(writer->out, "%" PRId64, value);
}

void json_bool(struct json_writer *writer, const char *key, bool value)
{
	begin_member(writer, key);
	put_text(writer, value ? "true" : "false");
}
