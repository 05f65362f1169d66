// SPDX-License-Identifier: GPL-2.0-only
/*
 * digest.c - computes and compares digests with nettle, which libarchive needs
 * anyway.
 */
#include "config.h"
#include "digest.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/quote.h"
#include "common/error.h"

static const struct {
	const char *prefix;
	size_t len;			/* of the digest, in bytes */
} algorithms[] = {
	[DIGEST_SHA256] = { "sha256", 32 },
	[DIGEST_SHA512] = { "sha512", 64 },
};

#define N_ALGORITHMS (sizeof(algorithms) / sizeof(*algorithms))

/* The specification has lower case only. */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int digest_parse_hex(const char *hex, size_t len, uint8_t *ret_bytes)
{
	size_t i;
	int high, low;

	if (strlen(hex) != 2 * len)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		high = hex_value(hex[2 * i]);
		low = hex_value(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		ret_bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

int digest_parse(const char *text, struct digest *ret_digest,
		 struct lkl_error *err)
{
	struct digest digest = { 0 };
	size_t len = strcspn(text, ":"), i;

	if (!text[len] || !len)
		return error_set(err, -EINVAL, "\"%s\" is not a digest",
				 quote_name(text));
	for (i = 0; i < N_ALGORITHMS; i++)
		if (strlen(algorithms[i].prefix) == len &&
		    !memcmp(algorithms[i].prefix, text, len))
			break;
	if (i == N_ALGORITHMS)
		return error_set(err, -ENOTSUP,
				 "digest \"%s\": algorithm not supported",
				 quote_name(text));
	digest.algorithm = (enum digest_algorithm)i;
	if (digest_parse_hex(text + len + 1, algorithms[i].len, digest.bytes) < 0)
		return error_set(err, -EINVAL, "\"%s\" is not a digest",
				 quote_name(text));
	*ret_digest = digest;
	return 0;
}

static void format_hex(const struct digest *digest, char *buf)
{
	size_t i;

	for (i = 0; i < algorithms[digest->algorithm].len; i++)
		sprintf(buf + 2 * i, "%02x", digest->bytes[i]);
}

const char *digest_format(const struct digest *digest,
			  char buf[DIGEST_TEXT_MAX])
{
	format_hex(digest, buf + sprintf(buf, "%s:",
			algorithms[digest->algorithm].prefix));
	return buf;
}

const char *digest_blob_name(const struct digest *digest,
			     char buf[DIGEST_TEXT_MAX + 8])
{
	format_hex(digest, buf + sprintf(buf, "blobs/%s/",
			algorithms[digest->algorithm].prefix));
	return buf;
}

#ifdef HAVE_NETTLE

/* The headers rename sha256_init() to nettle_sha256_init(), and so on. */
static struct {
	__typeof__(sha256_init) *sha256_init;
	__typeof__(sha256_update) *sha256_update;
	__typeof__(sha256_digest) *sha256_digest;
	__typeof__(sha512_init) *sha512_init;
	__typeof__(sha512_update) *sha512_update;
	__typeof__(sha512_digest) *sha512_digest;
} nettle;

DLOPEN_NOTE("digest", "digests of files and container images", "recommended",
	    NETTLE_SONAME);

#define STRING(name) #name
#define NAME(name) STRING(name)

static bool find_functions(void *library)
{
#define FIND(member) \
	nettle.member = (__typeof__(nettle.member))dlsym(library, NAME(member)); \
	if (!nettle.member) \
		return false;
	FIND(sha256_init)
	FIND(sha256_update)
	FIND(sha256_digest)
	FIND(sha512_init)
	FIND(sha512_update)
	FIND(sha512_digest)
#undef FIND
	return true;
}

int digest_library_load(struct lkl_error *err)
{
	static bool loaded;
	void *library;

	if (loaded)
		return 0;
	library = dlopen(NETTLE_SONAME, RTLD_NOW | RTLD_LOCAL);
	/* dlerror() names the file. */
	if (!library || !find_functions(library))
		return error_set(err, -ENOTSUP, "cannot load libnettle: %s",
				 dlerror());
	loaded = true;
	return 0;
}

void hasher_begin(struct hasher *hasher, enum digest_algorithm algorithm)
{
	hasher->algorithm = algorithm;
	if (algorithm == DIGEST_SHA256)
		nettle.sha256_init(&hasher->state.sha256);
	else
		nettle.sha512_init(&hasher->state.sha512);
}

void hasher_update(struct hasher *hasher, const void *data, size_t len)
{
	if (hasher->algorithm == DIGEST_SHA256)
		nettle.sha256_update(&hasher->state.sha256, len, data);
	else
		nettle.sha512_update(&hasher->state.sha512, len, data);
}

void hasher_finish(struct hasher *hasher, struct digest *ret_digest)
{
	memset(ret_digest, 0, sizeof(*ret_digest));
	ret_digest->algorithm = hasher->algorithm;
	if (hasher->algorithm == DIGEST_SHA256)
		nettle.sha256_digest(&hasher->state.sha256, SHA256_DIGEST_SIZE,
				     ret_digest->bytes);
	else
		nettle.sha512_digest(&hasher->state.sha512, SHA512_DIGEST_SIZE,
				     ret_digest->bytes);
}

#else /* !HAVE_NETTLE */

int digest_library_load(struct lkl_error *err)
{
	return error_set(err, -ENOTSUP,
			 "digests and container images were not built in, for lack of nettle");
}

void hasher_begin(struct hasher *hasher, enum digest_algorithm algorithm)
{
	hasher->algorithm = algorithm;
}

/* Nobody gets here without the library. */
void hasher_update(struct hasher *hasher, const void *data, size_t len)
{
	abort();
}

void hasher_finish(struct hasher *hasher, struct digest *ret_digest)
{
	abort();
}

#endif
