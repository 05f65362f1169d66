/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json-writer.h - writes JSON, one object on each line.
 *
 * Keys are ours and plain ASCII.  Values may be names of an image, which hold
 * any bytes.
 */
#ifndef TOOLS_JSON_WRITER_H
#define TOOLS_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_writer {
	FILE *out;
	bool comma;			/* something precedes in this object */
};

void json_writer_init(struct json_writer *writer, FILE *out);

/* An object on a line of its own. */
void json_line_begin(struct json_writer *writer);
void json_line_end(struct json_writer *writer);

/* @key is NULL inside of an array. */
void json_object_begin(struct json_writer *writer, const char *key);
void json_object_end(struct json_writer *writer);
void json_array_begin(struct json_writer *writer, const char *key);
void json_array_end(struct json_writer *writer);

/*
 * json_string - a text
 *
 * Bytes that are not UTF-8 become U+FFFD.
 */
void json_string(struct json_writer *writer, const char *key,
		 const char *value);

/*
 * json_name - a name of which no byte may be lost
 *
 * If it is not UTF-8, a second member "KEY_base64" has the bytes.
 */
void json_name(struct json_writer *writer, const char *key, const char *value);
void json_unsigned(struct json_writer *writer, const char *key,
		   uint64_t value);
void json_signed(struct json_writer *writer, const char *key, int64_t value);
void json_bool(struct json_writer *writer, const char *key, bool value);

#endif /* TOOLS_JSON_WRITER_H */
