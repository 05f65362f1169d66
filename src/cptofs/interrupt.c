// SPDX-License-Identifier: GPL-2.0-only
/*
 * interrupt.c - the user wants an end.
 */
#include "interrupt.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t noticed;

static void notice(int signal)
{
	if (!noticed)
		noticed = signal;
}

void interrupt_init(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action, old;
	unsigned int i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = notice;
	/* No SA_RESTART: reading from a pipe has to end. */
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
}

int interrupt_signal(void)
{
	return noticed;
}

void interrupt_end(void)
{
	if (!noticed)
		return;
	signal(noticed, SIG_DFL);
	raise(noticed);
}
