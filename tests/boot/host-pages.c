// SPDX-License-Identifier: GPL-2.0-only
/*
 * host-pages.c - a host with pages of another size is refused in one sentence, and
 * nothing is left of the start.
 */
#include "boot.h"

static long page_size;

/* In place of the C library's. */
long sysconf(int name)
{
	if (name == _SC_PAGESIZE)
		return page_size;
	return 4;			/* processors */
}

int main(void)
{
	struct lkl_error err = { "" };

	setvbuf(stdout, NULL, _IOLBF, 0);
	page_size = 65536;
	IS(lkl_start(NULL, &err), -LKL_EOPNOTSUPP);
	CHECK_THAT(strstr(err.text, "pages of 65536 bytes") &&
		   strstr(err.text, "built for 4096"), "%s", err.text);
	page_size = 4096;
	boot(0);
	OK(lkl_halt());
	return check_exit();
}
