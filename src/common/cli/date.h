/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * date.h - points in time as users write them.
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

/* On-disk fields have room for more than a second. */
static inline struct timestamp timestamp_make(int64_t sec, uint32_t nsec)
{
	return (struct timestamp){ sec, nsec < 1000000000 ? nsec : 999999999 };
}

static inline bool timestamp_is_later(struct timestamp a, struct timestamp b)
{
	return a.sec > b.sec || (a.sec == b.sec && a.nsec > b.nsec);
}

/*
 * date_parse - understand --mtime's argument
 *
 * "@SECONDS", also with a fraction; "YYYY-MM-DD", with "HH:MM" or
 * "HH:MM:SS", a fraction and a zone ("Z", "UTC", "+HH:MM") behind it, local
 * time without; or the path of a file in the host whose time is taken, if it
 * begins with "/" or ".".  -EINVAL or the file's -errno.
 */
int date_parse(const char *text, struct timestamp *ret_time,
	       struct lkl_error *err);

#endif /* TOOLS_DATE_H */
