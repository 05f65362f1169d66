/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory-limit.h - how much memory of the host the files of the image may take.
 *
 * The program writes to files in memory by itself, and no disk stops it: without a limit,
 * the host would kill programs in the end, lklrun or others.
 */
#ifndef LKLRUN_MEMORY_LIMIT_H
#define LKLRUN_MEMORY_LIMIT_H

#include <stdint.h>

/* memory_limit_init - @bytes: the limit; 0: half of the host's memory */
void memory_limit_init(uint64_t bytes);

/* memory_limit - the data that a file may have when it is opened, in bytes */
uint64_t memory_limit(void);

/*
 * memory_limit_tick - stop the growth of files
 * @now_ms: by the monotonic clock
 *
 * If the data of the files that may be dirty reach the limit, the largest one gets no
 * more: writes to it fail with EPERM until it is closed, and a warning names it.  Then
 * the others may take half of the limit, and so on: all together stay below twice the
 * limit.  Cheap enough to call after each event.
 *
 * Returns the milliseconds after which to call it again.
 */
int memory_limit_tick(int64_t now_ms);

#endif /* LKLRUN_MEMORY_LIMIT_H */
