// SPDX-License-Identifier: GPL-2.0-only
/* verity-options.c - the options about dm-verity. */
#include "verity-options.h"

#include <errno.h>
#include <string.h>

#include "common/cli/quote.h"
#include "common/error.h"

/* The value of a hexadecimal digit; -1 if it is none. */
static int digit_value(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) % 16 : -1;
}

int verity_options_set_root_hash(struct verity_options *options,
				 const char *hex, struct lkl_error *err)
{
	size_t len = strlen(hex), i;
	int high, low;

	/* The smallest digest is that of SHA-1. */
	if (len % 2 || len < 2 * 20 || len > 2 * VERITY_DIGEST_MAX)
		goto out_invalid;
	for (i = 0; i < len / 2; i++) {
		high = digit_value(hex[2 * i]);
		low = digit_value(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			goto out_invalid;
		options->root_hash[i] = (uint8_t)(high << 4 | low);
	}
	options->root_hash_size = (unsigned int)len / 2;
	return 0;
out_invalid:
	return error_set(err, -EINVAL,
			 "not a hash in hexadecimal digits: %s",
			 quote_name(hex));
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
