// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtime.c - replace or clamp the mtime of files in the output.
 */
#include "mtime.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

#define EPOCH "SOURCE_DATE_EPOCH"

/*
 * Parse the output of "date +%s".  An empty value is an error: it usually comes
 * from a command that failed, and would make the output irreproducible.
 */
static bool parse_epoch(const char *text, struct timestamp *ret_time)
{
	const char *digits = text + (*text == '-');
	size_t n = strspn(digits, "0123456789");
	int64_t sec;

	errno = 0;
	sec = strtoll(text, NULL, 10);
	if (!n || digits[n] || errno)
		return false;
	*ret_time = timestamp_make(sec, 0);
	return true;
}

int mtime_parse(const char *text, struct mtime *mtime, struct lkl_error *err)
{
	mtime->set = true;
	return date_parse(text, &mtime->time, err);
}

int mtime_complete(struct mtime *mtime, struct lkl_error *err)
{
	const char *epoch = getenv(EPOCH);

	if (mtime->set)
		return 0;
	if (epoch) {
		if (!parse_epoch(epoch, &mtime->time))
			return error_set(err, -EINVAL,
					 EPOCH " is not a number of seconds: \"%s\"",
					 epoch);
		mtime->set = mtime->clamp = true;
		return 1;
	}
	if (mtime->clamp)
		return error_set(err, -EINVAL,
				 "--clamp-mtime needs a time from --mtime");
	return 0;
}

/* The seconds that fit into 64 bits of nanoseconds, roughly. */
#define SECONDS_MAX 18000000000

uint64_t mtime_nanoseconds(const struct mtime *mtime)
{
	const struct timestamp *time = &mtime->time;

	if (time->sec < 0)
		return 0;
	return time->sec > SECONDS_MAX ? UINT64_MAX :
		(uint64_t)time->sec * 1000000000u + time->nsec;
}

struct timestamp mtime_of(const struct mtime *mtime, struct timestamp time)
{
	if (mtime->set &&
	    (!mtime->clamp || timestamp_is_later(time, mtime->time)))
		return mtime->time;
	return time;
}
