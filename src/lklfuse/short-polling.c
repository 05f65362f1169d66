// SPDX-License-Identifier: GPL-2.0-only
/*
 * short-polling.c - look for the next request for a moment before sleeping.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "short-polling.h"

#include <poll.h>

#include "common/monotonic.h"

/* The longest poll. */
#define POLL_NS		50000
/* A sleep that a poll could have spared; it includes the time to wake up. */
#define SHORT_NS	100000
/* Poll after so many of them. */
#define SHORT_SLEEPS	4
/* Between two looks; if it takes longer, other programs used the processor. */
#define LOOK_NS		15000
/* In waits. */
#define PAUSE_MIN	16
#define PAUSE_MAX	4096

static bool is_readable(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) > 0;
}

/* Whether @fd became readable while nothing else needed the processor. */
static bool poll_until(int fd, int64_t began)
{
	int64_t last = began, now;

	for (;;) {
		if (is_readable(fd))
			return monotonic_ns() - last < LOOK_NS;
		now = monotonic_ns();
		if (now - last >= LOOK_NS || now - began >= POLL_NS)
			return false;
		last = now;
	}
}

void short_polling_begin(struct short_polling *polling, int fd)
{
	polling->began = 0;
	if (polling->pause) {
		polling->pause--;
		return;
	}
	polling->began = monotonic_ns();
	if (polling->short_sleeps < SHORT_SLEEPS)
		return;
	if (poll_until(fd, polling->began)) {
		polling->next_pause = 0;
	} else {
		polling->short_sleeps = 0;
		polling->pause = polling->next_pause ? polling->next_pause
						     : PAUSE_MIN;
		polling->next_pause = polling->pause < PAUSE_MAX ?
			2 * polling->pause : PAUSE_MAX;
	}
	polling->began = 0;
}

void short_polling_end(struct short_polling *polling)
{
	if (!polling->began)
		return;
	if (monotonic_ns() - polling->began < SHORT_NS)
		polling->short_sleeps++;
	else
		polling->short_sleeps = 0;
}
