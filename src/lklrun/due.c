// SPDX-License-Identifier: GPL-2.0-only
/*
 * due.c - when the changes of a file in memory are due to be written to the image.
 */
#include "due.h"

/* How long a file that never rests waits. */
static int64_t steady_wait(const struct due *due)
{
	int64_t wait = due->cost_ms * DUE_COST;

	return wait < DUE_STEADY_MS ? DUE_STEADY_MS : wait;
}

bool due_check(struct due *due, bool dirty, time_t mtime, time_t clock, int64_t now_ms)
{
	if (!dirty) {
		due->dirty_since_ms = 0;
		return false;
	}
	if (!due->dirty_since_ms)
		due->dirty_since_ms = now_ms;
	if (now_ms < due->retry_ms)
		return false;
	/* If the clock was set back, the file is due, too. */
	if (mtime + DUE_QUIET_SECONDS < clock || mtime > clock + 1)
		return true;
	return now_ms - due->dirty_since_ms >= steady_wait(due);
}

bool due_check_mapped(const struct due *due, int64_t now_ms)
{
	return now_ms >= due->retry_ms &&
		now_ms - due->written_ms >= due->cost_ms * DUE_COST;
}

void due_written_back(struct due *due, int64_t start_ms, int64_t end_ms)
{
	due->dirty_since_ms = 0;
	due->cost_ms = end_ms - start_ms;
	due->written_ms = end_ms;
	due->retry_ms = 0;
}

void due_failed(struct due *due, int64_t start_ms, int64_t end_ms)
{
	if (due->cost_ms < end_ms - start_ms)
		due->cost_ms = end_ms - start_ms;
	due->retry_ms = end_ms + steady_wait(due);
}
