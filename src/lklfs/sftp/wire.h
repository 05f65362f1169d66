/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire.h - takes packets apart, within their bounds, and puts them together.
 */
#ifndef SFTP_WIRE_H
#define SFTP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The rest of a packet.  Reading past the end gives zeroes and empty strings,
 * and sets @bad for good.
 */
struct packet {
	const uint8_t *data;	/* the caller's */
	size_t left;
	bool bad;
};

/* Not terminated by a zero byte; points into the packet. */
struct wire_string {
	const uint8_t *data;
	size_t len;
};

uint8_t packet_u8(struct packet *packet);
uint32_t packet_u32(struct packet *packet);
uint64_t packet_u64(struct packet *packet);
struct wire_string packet_string(struct packet *packet);

bool wire_string_is(const struct wire_string *string, const char *text);

/*
 * Bytes to send.  If there is no memory, @failed is set and nothing more is added.
 */
struct buffer {
	uint8_t *data;		/* owned; NULL at first */
	size_t len, size;
	bool failed;
};

void buffer_free(struct buffer *buffer);

/*
 * buffer_reserve - make room for @len bytes, without adding them
 *
 * Returns the place for them, or NULL.
 */
uint8_t *buffer_reserve(struct buffer *buffer, size_t len);

void buffer_put_u8(struct buffer *buffer, uint8_t value);
void buffer_put_u32(struct buffer *buffer, uint32_t value);
void buffer_put_u64(struct buffer *buffer, uint64_t value);
void buffer_put_bytes(struct buffer *buffer, const void *data, size_t len);
void buffer_put_string(struct buffer *buffer, const char *text);

/* Change a number that was put at @offset. */
void buffer_set_u32(struct buffer *buffer, size_t offset, uint32_t value);

#endif /* SFTP_WIRE_H */
