// SPDX-License-Identifier: GPL-2.0-only
/*
 * unpack-limit.c - a limit for the bytes that an archive decompresses to.
 *
 * A few bytes can stand for any number of them.
 */
#include "unpack-limit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cli/quote.h"
#include "common/copy/archive-size.h"
#include "common/error.h"

/* An archive may be this much larger than its file, and 1 GiB. */
#define RATIO_MAX	100u
#define UNPACKED_MIN	(1ull << 30)

static uint64_t default_limit(uint64_t packed)
{
	return packed > (UINT64_MAX - UNPACKED_MIN) / RATIO_MAX ? UINT64_MAX :
		packed * RATIO_MAX + UNPACKED_MIN;
}

void unpack_limit_begin(struct unpack_limit *limit, const struct input *input,
			uint64_t wanted)
{
	struct stat st;

	*limit = (struct unpack_limit){
		.bytes = wanted, .is_users = wanted,
	};
	if (!wanted && input->seekable && !fstat(input->fd, &st) &&
	    S_ISREG(st.st_mode))
		limit->bytes = default_limit((uint64_t)st.st_size);
}

void unpack_limit_end(struct unpack_limit *limit)
{
	free(limit->member);
	limit->member = NULL;
}

/* All archives have one "filter", which is none. */
static bool is_limited(const struct unpack_limit *limit,
		       struct archive *archive)
{
	return limit->is_users || libarchive.filter_count(archive) > 1;
}

static int check(struct unpack_limit *limit, struct archive *archive,
		 uint64_t ahead)
{
	const la_int64_t at = libarchive.filter_bytes(archive, 0);
	const uint64_t max = limit->bytes ? limit->bytes :
		default_limit(limit->packed);

	if (!is_limited(limit, archive) || at < 0 ||
	    ((uint64_t)at <= max && ahead <= max - (uint64_t)at))
		return 0;
	limit->exceeded = true;
	return -EFBIG;
}

int unpack_limit_member(struct unpack_limit *limit, struct archive *archive,
			struct archive_entry *member)
{
	const char *name = libarchive.entry_pathname(member);
	const la_int64_t size = libarchive.entry_size(member);

	/* Of a pipe, only this tells how large the last member was. */
	if (limit->member && check(limit, archive, 0))
		return -EFBIG;
	free(limit->member);
	limit->member = strdup(name ? name : "");
	if (!limit->member)
		return -ENOMEM;
	/* What is still in a pipe may be worth this member. */
	return check(limit, archive, limit->bytes && size > 0 &&
		     !libarchive.entry_hardlink(member) ?
		     member_data_bytes(member, (uint64_t)size) : 0);
}

int unpack_limit_check(struct unpack_limit *limit, struct archive *archive)
{
	return check(limit, archive, 0);
}

int unpack_limit_error(const struct unpack_limit *limit, const char *path,
		       struct lkl_error *err)
{
	return error_set(err, -EFBIG, limit->is_users ?
			 "%s: %s: more data than --max-unpacked allows" :
			 "%s: %s: decompresses to more than the limit, 100 times the size of the archive and 1 GiB; --max-unpacked allows more",
			 quote_name(path),
			 quote_name(limit->member ? limit->member : ""));
}
