/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watchdog.h - notices that the kernel inside makes no progress.
 *
 * After a minute without any, a warning says what the kernel does.  After a
 * signal that asks the tool to end, the tool does not wait for a kernel that
 * does not get on: it ends, and the image is as after a power cut.
 *
 * One for each process.
 */
#ifndef IMAGE_WATCHDOG_H
#define IMAGE_WATCHDOG_H

#include <lkl.h>

struct watchdog {
	const char *image;		/* its name, for messages */
	/* Report a warning; NULL: report_warning().  In a thread of its own. */
	void (*warn)(const char *text);
	/* Report an error, and clear up; NULL: report_error().  Likewise. */
	void (*give_up)(const char *text);
};

/* watchdog_set - what is said, and to whom; @watchdog stays valid */
void watchdog_set(const struct watchdog *watchdog);

/* watchdog_start - begin to watch the kernel; nothing without watchdog_set() */
int watchdog_start(struct lkl_error *err);

/* watchdog_stop - the kernel has ended */
void watchdog_stop(void);

/*
 * watchdog_interrupt - @signal asks the tool to end
 *
 * For a signal handler.  The process dies of @signal if the kernel makes no
 * progress for five seconds, or at once if this is called again a second later:
 * some programs send several signals.  A kernel that reads or writes the disk
 * makes progress, and one that waits for a slow disk is left the time.
 */
void watchdog_interrupt(int signal);

#endif
