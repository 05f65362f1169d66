// SPDX-License-Identifier: GPL-2.0-only
/*
 * identifier.c - UUIDs and salts, random or derived from the things that they name.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* SEEK_DATA */
#endif
#include "identifier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/digest.h"
#include "common/zeroes.h"
#include "tar2fs/process.h"

#define BLOCK	4096u
#define BUFFER	(1u << 20)

static void finish(struct hasher *hasher, struct identifier *identifier)
{
	struct digest digest;

	hasher_finish(hasher, &digest);
	memcpy(identifier->bytes, digest.bytes, sizeof(identifier->bytes));
}

int identifier_make(bool fixed, const char *text, const struct identifier *more,
		    struct identifier *ret_identifier, struct lkl_error *err)
{
	struct hasher hasher;

	if (!fixed) {
		/* Up to 256 bytes come at once. */
		if (getrandom(ret_identifier->bytes,
			      sizeof(ret_identifier->bytes), 0) < 0)
			return error_set(err, -errno,
					 "cannot get random numbers: %s",
					 strerror(errno));
		return 0;
	}
	hasher_begin(&hasher, DIGEST_SHA256);
	hasher_update(&hasher, text, strlen(text) + 1);
	if (more)
		hasher_update(&hasher, more->bytes, sizeof(more->bytes));
	finish(&hasher, ret_identifier);
	return 0;
}

char *format_hex(const uint8_t *bytes, size_t len, char *buf)
{
	size_t i;

	for (i = 0; i < len; i++)
		sprintf(buf + 2 * i, "%02x", bytes[i]);
	return buf;
}

void format_guid(const uint8_t *bytes, char ret_guid[GUID_TEXT_MAX])
{
	static const size_t parts[] = { 4, 2, 2, 2, 6 };
	char *to = ret_guid;
	size_t i;

	for (i = 0; i < 5; i++) {
		if (i)
			*to++ = '-';
		format_hex(bytes, parts[i], to);
		to += 2 * parts[i];
		bytes += parts[i];
	}
}

void identifier_guid(const struct identifier *identifier,
		     char ret_guid[GUID_TEXT_MAX])
{
	struct identifier copy = *identifier;

	copy.bytes[6] = (copy.bytes[6] & 0x0f) | 0x40;
	copy.bytes[8] = (copy.bytes[8] & 0x3f) | 0x80;
	format_guid(copy.bytes, ret_guid);
}

/* Each block is hashed with its offset; so holes need not be read. */
static void hash_blocks(struct hasher *hasher, const uint8_t *data, size_t len,
			uint64_t offset)
{
	uint8_t number[8];
	size_t at, n, i;

	for (at = 0; at < len; at += n) {
		n = len - at < BLOCK ? len - at : BLOCK;
		if (is_all_zero(data + at, n))
			continue;
		for (i = 0; i < sizeof(number); i++)
			number[i] = (uint8_t)((offset + at) >> 8 * i);
		hasher_update(hasher, number, sizeof(number));
		hasher_update(hasher, data + at, n);
	}
}

static int hash_file(int fd, struct hasher *hasher)
{
	cleanup_free uint8_t *buffer = malloc(BUFFER);
	off_t at = 0;
	ssize_t n;

	if (!buffer)
		return -ENOMEM;
	while ((at = lseek(fd, at, SEEK_DATA)) >= 0) {
		at -= at % (off_t)BLOCK;
		n = pread(fd, buffer, BUFFER, at);
		if (n < 0)
			return -errno;
		if (!n)
			break;
		hash_blocks(hasher, buffer, (size_t)n, (uint64_t)at);
		at += n;
	}
	return at < 0 && errno != ENXIO ? -errno : 0;
}

struct digesting {
	const char *path;
	enum sandbox_mode sandbox;
};

static int digest_work(void *opaque, void *result, struct lkl_error *err)
{
	const struct digesting *digesting = opaque;
	cleanup_close int fd = open(digesting->path, O_RDONLY | O_CLOEXEC);
	struct hasher hasher;
	int ret;

	if (fd < 0)
		return error_set(err, -errno, "cannot open: %s",
				 strerror(errno));
	ret = process_confine(digesting->sandbox, err);
	if (ret < 0)
		return ret;
	hasher_begin(&hasher, DIGEST_SHA256);
	ret = hash_file(fd, &hasher);
	finish(&hasher, result);
	return ret < 0 ? error_set(err, ret, "cannot read: %s",
				   strerror(-ret)) : 0;
}

int content_digest(const char *path, enum sandbox_mode sandbox,
		   struct identifier *ret_digest, struct lkl_error *err)
{
	struct digesting digesting = { .path = path, .sandbox = sandbox };

	return process_ask(digest_work, &digesting, ret_digest,
			   sizeof(*ret_digest), err);
}
