/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * digest.h - digests of the OCI image specification, as "sha256:HEX".
 */
#ifndef TOOLS_DIGEST_H
#define TOOLS_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

#ifdef HAVE_NETTLE
#include <nettle/sha2.h>
#endif

#include <lkl.h>

enum digest_algorithm {
	DIGEST_SHA256,
	DIGEST_SHA512,
};

struct digest {
	enum digest_algorithm algorithm;
	uint8_t bytes[64];		/* those that it has not are 0 */
};

/* "sha512:", 128 digits, and a zero byte */
#define DIGEST_TEXT_MAX 136

/*
 * Loads nettle.  Call it before the sandbox is entered.  -ENOTSUP if it is missing or
 * was not built in; then there are no hashers.
 */
int digest_library_load(struct lkl_error *err);

/* -EINVAL: not a digest; -ENOTSUP: of an algorithm that is not supported. */
int digest_parse(const char *text, struct digest *ret_digest,
		 struct lkl_error *err);

/* Writes it as "sha256:HEX".  Returns @buf. */
const char *digest_format(const struct digest *digest,
			  char buf[DIGEST_TEXT_MAX]);

/* "blobs/sha256/HEX": its file in an image layout.  Returns @buf. */
const char *digest_blob_name(const struct digest *digest,
			     char buf[DIGEST_TEXT_MAX + 8]);

static inline bool digest_equal(const struct digest *a, const struct digest *b)
{
	return a->algorithm == b->algorithm &&
		!__builtin_memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* Computes a digest piece by piece. */
struct hasher {
	enum digest_algorithm algorithm;
#ifdef HAVE_NETTLE
	union {
		struct sha256_ctx sha256;
		struct sha512_ctx sha512;
	} state;
#endif
};

void hasher_begin(struct hasher *hasher, enum digest_algorithm algorithm);
void hasher_update(struct hasher *hasher, const void *data, size_t len);
void hasher_finish(struct hasher *hasher, struct digest *ret_digest);

#endif /* TOOLS_DIGEST_H */
