// SPDX-License-Identifier: GPL-2.0-only
/*
 * key-wait.c - waiting that a signal ends.
 */
#define _GNU_SOURCE 1

#include "key-wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define N_SIGNALS (sizeof(signals) / sizeof(*signals))

static void on_signal(int number)
{
	(void)number;
}

static void set_handlers(void (*handler)(int), int how)
{
	struct sigaction action = { .sa_handler = handler };
	sigset_t set;
	unsigned int i;

	sigemptyset(&set);
	for (i = 0; i < N_SIGNALS; i++)
		sigaddset(&set, signals[i]);
	if (how == SIG_BLOCK)
		sigprocmask(how, &set, NULL);
	for (i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &action, NULL);
	if (how == SIG_UNBLOCK)
		sigprocmask(how, &set, NULL);
}

void key_wait_begin(void)
{
	set_handlers(on_signal, SIG_BLOCK);
}

/* Drops signals that are pending. */
void key_wait_end(void)
{
	set_handlers(SIG_IGN, SIG_UNBLOCK);
}

void key_wait_reset(void)
{
	set_handlers(SIG_DFL, SIG_UNBLOCK);
}

int key_wait_readable(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	sigset_t none;

	sigemptyset(&none);
	return ppoll(&poll_fd, 1, NULL, &none) < 0 ? -errno : 0;
}
