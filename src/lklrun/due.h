/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * due.h - when the changes of a file in memory are due to be written to the image.
 */
#ifndef LKLRUN_DUE_H
#define LKLRUN_DUE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* A file is due if nobody has written to it for so long. */
#define DUE_QUIET_SECONDS	5

/*
 * A file that never rests is due after so long.  The kernel inside keeps the changes
 * for 35 s more.
 */
#define DUE_STEADY_MS		15000

/*
 * A write-back looks at the whole file.  So that a large file that never rests takes no
 * more than a part of the time, it waits so many times as long as the last one took.
 */
#define DUE_COST		20

/* Of one file; all zeroes is right at first.  Times are of the monotonic clock. */
struct due {
	int64_t dirty_since_ms;		/* 0: clean when due_check() looked last */
	int64_t cost_ms;		/* of the last write-back, or a longer failure since */
	int64_t written_ms;		/* when it ended */
	int64_t retry_ms;		/* after a failure: not due before; 0: none */
};

/*
 * due_check - whether a file is due; call it about once a second
 * @dirty: it was written to since the last write-back,
 * @mtime: at this time, in seconds
 * @clock: the time now, by the clock of @mtime
 * @now_ms: the time now, by the monotonic clock
 */
bool due_check(struct due *due, bool dirty, time_t mtime, time_t clock, int64_t now_ms);

/*
 * due_check_mapped - whether a file with a shared mapping is due
 *
 * Nothing tells of writes to it, so it is due each time, unless that costs too much.
 */
bool due_check_mapped(const struct due *due, int64_t now_ms);

/* due_written_back - the file was written back between these times */
void due_written_back(struct due *due, int64_t start_ms, int64_t end_ms);

/*
 * due_failed - a write-back between these times has failed
 *
 * The next one waits as for a file that never rests.  A write-back that fails early
 * takes less time than one that succeeds, so the longer of the two counts.
 */
void due_failed(struct due *due, int64_t start_ms, int64_t end_ms);

#endif /* LKLRUN_DUE_H */
