// SPDX-License-Identifier: GPL-2.0-only
/*
 * measure.c - runs a command and prints its times and its peak of memory.
 *
 * Usage: measure FILE COMMAND [ARGUMENT...]
 *
 * FILE gets one line when the command has been started, "pid N", and one when
 * it has ended: "SECONDS USER-SECONDS SYSTEM-SECONDS MAX-RSS-KIB", of it and of
 * all its descendants that were waited for.  The exit status is the command's.
 *
 * A program of its own, and small: a process's peak of memory begins with that
 * of the one that started it, and Python's is large.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	int ret, status;
	double start;
	FILE *file;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: measure FILE COMMAND [ARGUMENT...]\n");
		return 2;
	}
	file = fopen(argv[1], "we");
	if (!file) {
		perror(argv[1]);
		return 2;
	}
	start = now();
	ret = posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ);
	if (ret) {
		fprintf(stderr, "%s: %s\n", argv[2], strerror(ret));
		return 127;
	}
	/* Signals of a terminal reach the command, too. */
	signal(SIGINT, SIG_IGN);
	fprintf(file, "pid %ld\n", (long)pid);
	fflush(file);
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return 2;
	fprintf(file, "%.6f %.6f %.6f %ld\n", now() - start,
		seconds(usage.ru_utime), seconds(usage.ru_stime),
		usage.ru_maxrss);
	if (fclose(file))
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}
