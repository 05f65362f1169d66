// SPDX-License-Identifier: GPL-2.0-only
/*
 * wire.c - takes packets apart, within their bounds, and puts them together.
 *
 * All numbers are big endian.  A string is its length and its bytes.
 */
#include "wire.h"

#include <stdlib.h>
#include <string.h>

static uint64_t packet_number(struct packet *packet, size_t n)
{
	uint64_t value = 0;

	if (packet->left < n) {
		packet->bad = true;
		packet->left = 0;
		return 0;
	}
	packet->left -= n;
	while (n--)
		value = value << 8 | *packet->data++;
	return value;
}

uint8_t packet_u8(struct packet *packet)
{
	return (uint8_t)packet_number(packet, 1);
}

uint32_t packet_u32(struct packet *packet)
{
	return (uint32_t)packet_number(packet, 4);
}

uint64_t packet_u64(struct packet *packet)
{
	return packet_number(packet, 8);
}

struct wire_string packet_string(struct packet *packet)
{
	struct wire_string string = { .len = packet_u32(packet) };

	if (string.len > packet->left) {
		packet->bad = true;
		packet->left = 0;
		string.len = 0;
	}
	string.data = packet->data;
	packet->data += string.len;
	packet->left -= string.len;
	return string;
}

bool wire_string_is(const struct wire_string *string, const char *text)
{
	return string->len == strlen(text) &&
		!memcmp(string->data, text, string->len);
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t len)
{
	size_t size = buffer->size;
	uint8_t *data;

	if (buffer->failed)
		return NULL;
	if (len <= size - buffer->len)
		return buffer->data + buffer->len;
	while (len > size - buffer->len)
		size = size ? 2 * size : 4096;
	data = realloc(buffer->data, size);
	if (!data) {
		buffer->failed = true;
		return NULL;
	}
	buffer->data = data;
	buffer->size = size;
	return data + buffer->len;
}

static void store_number(uint8_t *p, uint64_t value, size_t n)
{
	while (n--) {
		p[n] = (uint8_t)value;
		value >>= 8;
	}
}

static void buffer_put_number(struct buffer *buffer, uint64_t value, size_t n)
{
	uint8_t *p = buffer_reserve(buffer, n);

	if (!p)
		return;
	store_number(p, value, n);
	buffer->len += n;
}

void buffer_put_u8(struct buffer *buffer, uint8_t value)
{
	buffer_put_number(buffer, value, 1);
}

void buffer_put_u32(struct buffer *buffer, uint32_t value)
{
	buffer_put_number(buffer, value, 4);
}

void buffer_put_u64(struct buffer *buffer, uint64_t value)
{
	buffer_put_number(buffer, value, 8);
}

void buffer_put_bytes(struct buffer *buffer, const void *data, size_t len)
{
	uint8_t *p;

	buffer_put_u32(buffer, (uint32_t)len);
	p = buffer_reserve(buffer, len);
	if (!p || !len)
		return;
	memcpy(p, data, len);
	buffer->len += len;
}

void buffer_put_string(struct buffer *buffer, const char *text)
{
	buffer_put_bytes(buffer, text, strlen(text));
}

void buffer_set_u32(struct buffer *buffer, size_t offset, uint32_t value)
{
	if (!buffer->failed)
		store_number(buffer->data + offset, value, 4);
}
