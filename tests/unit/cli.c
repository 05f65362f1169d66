// SPDX-License-Identifier: GPL-2.0-only
/*
 * cli.c - tests of the parsers of the command line: dates, numbers, sizes; and of
 * the escapes for names from an image.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/cli/date.h"
#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "unit.h"

static void check_date(const char *text, int64_t sec, uint32_t nsec)
{
	struct lkl_error err = { "" };
	struct timestamp time = { -1, 1 };

	CHECK_EQ(date_parse(text, &time, &err), 0);
	CHECK_EQ(time.sec, sec);
	CHECK_EQ(time.nsec, nsec);
}

static void dates_with_a_zone(void)
{
	check_date("2024-01-02 03:04 UTC", 1704164640, 0);
	check_date("2024-01-02 03:04 Z", 1704164640, 0);
	check_date("2024-01-02 03:04 +02:00", 1704157440, 0);
	check_date("2024-01-02 03:04 +0230", 1704155640, 0);
	check_date("2024-01-02 03:04 -01", 1704168240, 0);
	check_date("2024-01-02T03:04:05.25 GMT", 1704164645, 250000000);
}

static void dates_in_seconds(void)
{
	check_date("@0", 0, 0);
	check_date("@1.5", 1, 500000000);
	check_date("@-1.25", -2, 750000000);
}

static void dates_that_are_none(void)
{
	static const char *const wrong[] = {
		"", "@", "@ 1", "@+1", "@1x", "yesterday", "2024-02-30",
		"2024-01-02 03:04 +0", "2024-01-02 03:04 +02:0",
		"2024-01-02 03:04 +02:00x", "2024-01-02 03:04 CET",
	};
	struct lkl_error err = { "" };
	struct timestamp time;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK_EQ(date_parse(wrong[i], &time, &err), -EINVAL);
}

static void sizes(void)
{
	struct lkl_error err = { "" };
	uint64_t bytes = 0;

	CHECK_EQ(parse_size("7", &bytes, &err), 0);
	CHECK_EQ(bytes, 7);
	CHECK_EQ(parse_size("3MiB", &bytes, &err), 0);
	CHECK_EQ(bytes, 3ull << 20);
	CHECK_EQ(parse_size("16777215T", &bytes, &err), 0);
	CHECK_EQ(bytes, 16777215ull << 40);
	CHECK_EQ(parse_size("16777216T", &bytes, &err), -ERANGE);
	CHECK_EQ(parse_size("99999999999999999999", &bytes, &err), -ERANGE);
	CHECK_EQ(parse_size("1Q", &bytes, &err), -EINVAL);
	CHECK_EQ(parse_size("", &bytes, &err), -EINVAL);
	CHECK_EQ(parse_number("5", 4, &bytes, &err), -ERANGE);
}

static void names_are_safe_to_print(void)
{
	CHECK_STR(quote_name("plain \303\244"), "plain \303\244");
	CHECK_STR(quote_name("a\nb\\c\033[m"), "a\\nb\\\\c\\033[m");
	CHECK_STR(quote_name("\377\302\233"), "\\377\\302\\233");
}

int main(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	RUN(dates_with_a_zone);
	RUN(dates_in_seconds);
	RUN(dates_that_are_none);
	RUN(sizes);
	RUN(names_are_safe_to_print);
	return unit_exit();
}
