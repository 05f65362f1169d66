/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * date.h - parse dates and times of the command line.
 */
#ifndef TOOLS_DATE_H
#define TOOLS_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

struct timestamp {
	int64_t sec;
	uint32_t nsec;
};

/* A damaged inode may hold more than 999,999,999 nanoseconds. */
static inline struct timestamp timestamp_make(int64_t sec, uint32_t nsec)
{
	return (struct timestamp){ sec, nsec < 1000000000 ? nsec : 999999999 };
}

static inline bool timestamp_is_later(struct timestamp a, struct timestamp b)
{
	return a.sec > b.sec || (a.sec == b.sec && a.nsec > b.nsec);
}

/*
 * date_parse - parse the argument of --mtime
 *
 * Accepts three forms:
 * - "@SECONDS", with or without a fraction;
 * - "YYYY-MM-DD", optionally followed by "HH:MM" or "HH:MM:SS", a fraction, and
 *   a zone ("Z", "UTC", "+HH:MM"); without a zone it is local time;
 * - a path on the host that begins with "/" or ".": the file's mtime.
 *
 * Returns 0, -EINVAL, or the -errno of stat().
 */
int date_parse(const char *text, struct timestamp *ret_time,
	       struct lkl_error *err);

#endif /* TOOLS_DATE_H */
