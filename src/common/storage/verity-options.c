// SPDX-License-Identifier: GPL-2.0-only
/* verity-options.c - the options about dm-verity. */
#include "verity-options.h"

#include <errno.h>
#include <string.h>

#include "common/cli/quote.h"
#include "common/error.h"

static unsigned int digit_value(char digit)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	return (unsigned int)(strchr(digits, digit) - digits) % 16;
}

int verity_options_set_root_hash(struct verity_options *options,
				 const char *hex, struct lkl_error *err)
{
	size_t len = strlen(hex), i;
	unsigned int high, low;

	if (strspn(hex, "0123456789abcdefABCDEF") < len)
		return error_set(err, -EINVAL,
				 "not a hash in hexadecimal digits: %s",
				 quote_name(hex));
	/* The smallest digest is that of SHA-1. */
	if (len % 2 || len < 2 * 20 || len > 2 * VERITY_DIGEST_MAX)
		return error_set(err, -EINVAL,
				 "a hash has 40 (sha1), 64 (sha256) or 128 (sha512) digits, not %zu: %s",
				 len, hex);
	for (i = 0; i < len / 2; i++) {
		high = digit_value(hex[2 * i]);
		low = digit_value(hex[2 * i + 1]);
		options->root_hash[i] = (uint8_t)(high << 4 | low);
	}
	options->root_hash_size = (unsigned int)len / 2;
	return 0;
}

int verity_options_check(const struct verity_options *options, bool read_only,
			 struct lkl_error *err)
{
	if (options->root_hash_size && !read_only)
		return error_set(err, -EROFS,
				 "with --verity-root-hash, an image can only be read (lklfuse: -o ro)");
	if (options->root_hash_size)
		return 0;
	if (options->hash_device || options->hash_disk || options->has_offset)
		return error_set(err, -EINVAL,
				 "options of dm-verity need --verity-root-hash=HEX");
	return 0;
}
