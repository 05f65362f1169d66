// SPDX-License-Identifier: GPL-2.0-only
/*
 * progress.c - how far a long job is.
 *
 * One thread draws; messages of other threads may take the line away first
 * (see report_set_before()), it comes back with the next update.
 */
#include "progress.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"
#include "report.h"

#define INTERVAL_NS 200000000ll

static int progress_fd = -1;
static bool draws;
static uint64_t total;
static unsigned int last_percent;
static long long start_ns, next_ns;
static atomic_bool drawn;

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* Progress is no reason to fail: what cannot be written is lost. */
static void put(int fd, const char *text, size_t len)
{
	if (write(fd, text, len) < 0)
		return;
}

static void take_line_away(void)
{
	if (atomic_exchange(&drawn, false))
		put(STDERR_FILENO, "\r\033[K", 4);
}

void progress_init(int fd, bool on_terminal)
{
	progress_fd = fd;
	draws = on_terminal && isatty(STDERR_FILENO);
	if (draws)
		report_set_before(take_line_away);
	start_ns = now_ns();
	next_ns = start_ns + INTERVAL_NS;
}

bool progress_is_wanted(void)
{
	return progress_fd >= 0 || draws;
}

void progress_set_total(uint64_t bytes)
{
	total = bytes;
}

static void tell_program(unsigned int percent)
{
	char text[16];
	int n;

	if (progress_fd < 0)
		return;
	n = snprintf(text, sizeof(text), "%u/100\n", percent);
	put(progress_fd, text, (size_t)n);
}

void progress_update(uint64_t bytes, uint64_t files)
{
	char size[FORMAT_SIZE_MAX], rate[FORMAT_SIZE_MAX];
	char text[112], percent_text[8] = "";
	unsigned int percent;
	long long now;
	int n;

	if (progress_fd < 0 && !draws)
		return;
	now = now_ns();
	if (now < next_ns)
		return;
	next_ns = now + INTERVAL_NS;

	/* The total is an estimate: the end is told by the end alone. */
	percent = total ? (unsigned int)((double)bytes / total * 100) : 0;
	if (percent > 99)
		percent = 99;
	if (percent > last_percent) {
		last_percent = percent;
		tell_program(percent);
	}
	if (!draws)
		return;
	if (total)
		snprintf(percent_text, sizeof(percent_text), "%3u%%  ",
			 last_percent);
	n = snprintf(text, sizeof(text), "\r%s%s, %" PRIu64 " files, %s/s\033[K",
		     percent_text, format_size(size, bytes), files,
		     format_size(rate, (uint64_t)((double)bytes * 1e9 /
						  (double)(now - start_ns))));
	put(STDERR_FILENO, text, (size_t)n);
	atomic_store(&drawn, true);
}

void progress_finish(bool complete)
{
	take_line_away();
	if (complete)
		tell_program(100);
}
