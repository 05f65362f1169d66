// SPDX-License-Identifier: GPL-2.0-only
/*
 * file-size-limit.c - a limit of file sizes (RLIMIT_FSIZE) that is below the
 * kernel's memory makes lkl_start() fail; no signal ends the program.
 */
#include <signal.h>
#include <sys/resource.h>

#include "boot.h"

static void start_fails(void)
{
	struct lkl_error err = { "" };

	IS(lkl_start(NULL, &err), -EFBIG);
	CHECK_THAT(strstr(err.text, "ulimit -f"), "no word of the limit: %s",
		   err.text);
}

int main(void)
{
	struct rlimit limit, before;
	sigset_t signals, pending;

	setvbuf(stdout, NULL, _IOLBF, 0);
	REQUIRE(!getrlimit(RLIMIT_FSIZE, &before));
	limit = before;
	limit.rlim_cur = 16 * MIB;
	REQUIRE(!setrlimit(RLIMIT_FSIZE, &limit));
	start_fails();

	/* A signal that was pending before stays so, and no other does. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGXFSZ);
	REQUIRE(!sigprocmask(SIG_BLOCK, &signals, NULL));
	start_fails();
	REQUIRE(!sigpending(&pending));
	CHECK(!sigismember(&pending, SIGXFSZ));
	raise(SIGXFSZ);
	start_fails();
	REQUIRE(!sigpending(&pending));
	CHECK(sigismember(&pending, SIGXFSZ));

	REQUIRE(!setrlimit(RLIMIT_FSIZE, &before));
	boot(0);
	OK(lkl_halt());
	return check_exit();
}
