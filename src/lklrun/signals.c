// SPDX-License-Identifier: GPL-2.0-only
/*
 * signals.c - signals of lklrun itself: most go on to the program.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/error.h"

static const int forwarded[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
};

static sigset_t mask_before;
static struct sigaction file_size_before, pipe_before;
static int descriptor = -1;

void signals_remember(void)
{
	sigaction(SIGXFSZ, NULL, &file_size_before);
	sigaction(SIGPIPE, NULL, &pipe_before);
}

int signals_init(struct lkl_error *err)
{
	sigset_t block;
	size_t i;

	/* The program may have closed a pipe that events go to. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	for (i = 0; i < sizeof(forwarded) / sizeof(*forwarded); i++)
		sigaddset(&block, forwarded[i]);
	sigprocmask(SIG_BLOCK, &block, &mask_before);
	descriptor = signalfd(-1, &block, SFD_CLOEXEC | SFD_NONBLOCK);
	if (descriptor < 0)
		return error_set(err, -errno, "cannot read signals: %s",
				 strerror(errno));
	return 0;
}

void signals_restore(void)
{
	sigaction(SIGXFSZ, &file_size_before, NULL);
	sigaction(SIGPIPE, &pipe_before, NULL);
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

int signals_fd(void)
{
	return descriptor;
}

bool signals_read(pid_t pid)
{
	struct signalfd_siginfo info[8];
	const ssize_t all = sizeof(info);
	bool child = false;
	ssize_t len, i;

	do {
		len = read(descriptor, info, sizeof(info));
		for (i = 0; i < len / (ssize_t)sizeof(*info); i++) {
			if (info[i].ssi_signo == SIGCHLD)
				child = true;
			else if (info[i].ssi_code != SI_KERNEL)
				kill(pid, (int)info[i].ssi_signo);
		}
	} while (len == all);
	return child;
}
