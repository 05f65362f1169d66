/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * short-polling.h - look for the next request for a moment before sleeping.
 *
 * A program that gets a reply often sends its next request some microseconds
 * later.  To wake a thread on a sleeping processor takes longer than that.
 *
 * A thread polls only if its last sleeps were short.  If a poll finds nothing,
 * or was interrupted by other work on the processor, the thread does without for
 * some requests, and for twice as many each further time.  So an idle or a busy
 * machine loses next to nothing.  With one processor, there must be no polls.
 */
#ifndef LKLFUSE_SHORT_POLLING_H
#define LKLFUSE_SHORT_POLLING_H

#include <stdbool.h>
#include <stdint.h>

/* Of one thread; all zero to begin with. */
struct short_polling {
	unsigned int short_sleeps;	/* in a row, up to now */
	unsigned int pause;		/* so many waits without a poll */
	unsigned int next_pause;	/* after the next poll that fails */
	int64_t began;			/* of the sleep, in ns; 0: not measured */
};

/*
 * short_polling_begin - before the thread sleeps until @fd is readable
 *
 * Returns when it is, or after 50 us at most, or at once.
 */
void short_polling_begin(struct short_polling *polling, int fd);

/* short_polling_end - after the sleep, however short it was */
void short_polling_end(struct short_polling *polling);

#endif /* LKLFUSE_SHORT_POLLING_H */
