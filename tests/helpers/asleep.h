/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asleep.h - wait until another thread or process sleeps in a call.
 *
 * The host tells no other way that a call has begun to wait.  The thread may
 * still sleep for another reason, so this is for threads that have nothing else
 * to wait for.
 */
#ifndef TESTS_ASLEEP_H
#define TESTS_ASLEEP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* For the thread that calls: @tid of wait_until_asleep(). */
static inline pid_t own_tid(void)
{
	return (pid_t)syscall(SYS_gettid);
}

/* False if @tid, a thread of any process, is not asleep within 60 seconds. */
static inline bool wait_until_asleep(pid_t tid)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	char path[64], line[512];
	const char *state;
	FILE *file;
	int i;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
	for (i = 0; i < 60000; i++) {
		file = fopen(path, "re");
		if (!file)
			return false;
		state = fgets(line, sizeof(line), file) ?
			strrchr(line, ')') : NULL;
		fclose(file);
		if (state && (state[2] == 'S' || state[2] == 'D'))
			return true;
		nanosleep(&moment, NULL);
	}
	return false;
}

#endif /* TESTS_ASLEEP_H */
