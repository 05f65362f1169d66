// SPDX-License-Identifier: GPL-2.0-only
/*
 * date.c - parse dates and times of the command line.
 *
 * Accepts the exact forms that GNU tar accepts, but not relative ones such as
 * "yesterday".
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* strptime, timegm */
#endif
#include "date.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/error.h"

/* Parse ".25" at @text.  Returns a pointer to the text behind it. */
static const char *parse_fraction(const char *text, uint32_t *ret_nsec)
{
	uint32_t nsec = 0, unit = 100000000;

	if ((*text != '.' && *text != ',') || text[1] < '0' || text[1] > '9')
		return text;
	for (text++; *text >= '0' && *text <= '9'; text++) {
		nsec += (uint32_t)(*text - '0') * unit;
		unit /= 10;
	}
	*ret_nsec = nsec;
	return text;
}

static bool parse_seconds(const char *text, struct timestamp *ret_time)
{
	struct timestamp time = { 0 };
	bool negative = *text == '-';
	char *end;

	errno = 0;
	time.sec = strtoll(text, &end, 10);
	/* strtoll() also accepts blanks and a plus sign. */
	text += negative;
	if (errno || *text < '0' || *text > '9')
		return false;
	if (*parse_fraction(end, &time.nsec))
		return false;
	if (negative && time.nsec) {
		time.sec--;
		time.nsec = 1000000000 - time.nsec;
	}
	*ret_time = time;
	return true;
}

/* Parse "Z", "UTC", "GMT", "+HHMM", "+HH:MM" or "+HH". */
static bool parse_zone(const char *text, long *ret_offset)
{
	long sign = *text == '-' ? -1 : 1, hours, minutes = 0;
	struct tm tm = { 0 };
	const char *end;

	if (!strcmp(text, "Z") || !strcmp(text, "UTC") || !strcmp(text, "GMT")) {
		*ret_offset = 0;
		return true;
	}
	if (*text != '+' && *text != '-')
		return false;
	text++;
	end = strptime(text, "%H", &tm);
	if (!end || end != text + 2)
		return false;
	hours = tm.tm_hour;
	if (*end == ':')
		end++;
	if (*end) {
		text = end;
		end = strptime(text, "%M", &tm);
		if (!end || end != text + 2 || *end)
			return false;
		minutes = tm.tm_min;
	}
	*ret_offset = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* strptime() accepts February 30th, and mktime() makes it March 1st. */
static bool day_exists(const struct tm *tm)
{
	struct tm day = {
		.tm_year = tm->tm_year, .tm_mon = tm->tm_mon,
		.tm_mday = tm->tm_mday,
	};

	timegm(&day);
	return day.tm_mday == tm->tm_mday;
}

static bool parse_calendar(const char *text, struct timestamp *ret_time)
{
	struct tm tm = { .tm_isdst = -1 };
	struct timestamp time = { 0 };
	const char *end, *clock;
	long offset;

	end = strptime(text, "%Y-%m-%d", &tm);
	if (!end || !day_exists(&tm))
		return false;
	clock = end + (*end == 'T' || *end == ' ');
	if (clock > end && *clock >= '0' && *clock <= '9') {
		end = strptime(clock, "%H:%M", &tm);
		if (!end)
			return false;
		if (*end == ':') {
			end = strptime(end + 1, "%S", &tm);
			if (!end)
				return false;
			end = parse_fraction(end, &time.nsec);
		}
	}
	while (*end == ' ')
		end++;

	if (!*end) {
		time.sec = mktime(&tm);
	} else {
		if (!parse_zone(end, &offset))
			return false;
		time.sec = timegm(&tm) - offset;
	}
	*ret_time = time;
	return true;
}

int date_parse(const char *text, struct timestamp *ret_time,
	       struct lkl_error *err)
{
	struct stat st;
	bool good;

	if (*text == '/' || *text == '.') {
		if (stat(text, &st) < 0)
			return error_set(err, -errno, "%s: %s", text,
					 strerror(errno));
		ret_time->sec = st.st_mtim.tv_sec;
		ret_time->nsec = (uint32_t)st.st_mtim.tv_nsec;
		return 0;
	}
	if (*text == '@')
		good = parse_seconds(text + 1, ret_time);
	else
		good = parse_calendar(text, ret_time);
	if (!good)
		return error_set(err, -EINVAL,
				 "not a date (@SECONDS, YYYY-MM-DD HH:MM:SS or a file): %s",
				 text);
	return 0;
}
