// SPDX-License-Identifier: GPL-2.0-only
/*
 * progress.c - show the progress of a long job.
 *
 * One thread draws the line.  A message of any thread clears it first (see
 * report_set_before()); the next update draws it again.
 */
#include "progress.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
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

/* Write errors are ignored: a job does not fail for its progress line. */
static void write_or_ignore(int fd, const char *text, size_t len)
{
	if (write(fd, text, len) < 0)
		return;
}

/* How many characters fit a line; the last column would make it wrap. */
static size_t line_width(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col ?
		79 : size.ws_col - 1u;
}

static void draw_line(const char *line)
{
	char text[128];
	int n;

	n = snprintf(text, sizeof(text), "\r%.*s\033[K", (int)line_width(),
		     line);
	write_or_ignore(STDERR_FILENO, text, (size_t)n);
	atomic_store(&drawn, true);
}

static void clear_line(void)
{
	if (atomic_exchange(&drawn, false))
		write_or_ignore(STDERR_FILENO, "\r\033[K", 4);
}

void progress_init(int fd, bool on_terminal)
{
	progress_fd = fd;
	draws = on_terminal && isatty(STDERR_FILENO);
	if (draws)
		report_set_before(clear_line);
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

static void write_percent(unsigned int percent)
{
	char text[16];
	int n;

	if (progress_fd < 0)
		return;
	n = snprintf(text, sizeof(text), "%u/100\n", percent);
	write_or_ignore(progress_fd, text, (size_t)n);
}

void progress_update(uint64_t bytes, uint64_t files)
{
	char size[FORMAT_SIZE_MAX], rate[FORMAT_SIZE_MAX];
	char text[112], percent_text[8] = "";
	unsigned int percent;
	long long now;

	if (progress_fd < 0 && !draws)
		return;
	now = now_ns();
	if (now < next_ns)
		return;
	next_ns = now + INTERVAL_NS;

	/* The total is an estimate: only the end of the job shows 100 %. */
	percent = total ? (unsigned int)((double)bytes / total * 100) : 0;
	if (percent > 99)
		percent = 99;
	if (percent > last_percent) {
		last_percent = percent;
		write_percent(percent);
	}
	if (!draws)
		return;
	if (total)
		snprintf(percent_text, sizeof(percent_text), "%3u%%  ",
			 last_percent);
	snprintf(text, sizeof(text), "%s%s, %" PRIu64 " files, %s/s",
		 percent_text, format_size(size, bytes), files,
		 format_size(rate, (uint64_t)((double)bytes * 1e9 /
					      (double)(now - start_ns))));
	draw_line(text);
}

void progress_finish(bool complete)
{
	clear_line();
	if (complete)
		write_percent(100);
}
