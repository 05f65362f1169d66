// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory-limit.c - how much memory of the host the files of the image may take.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "memory-limit.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>

#include "common/cleanup.h"
#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "file-memory.h"
#include "file-table.h"
#include "object.h"
#include "resolve.h"

/* A program writes no more than that: about 8 GiB a second. */
#define BYTES_PER_MS		(8ull << 20)

#define TICK_MIN_MS		10
#define TICK_MAX_MS		1000

static uint64_t limit;			/* bytes; 0: not known yet */
static int64_t next_ms;			/* nobody has to look before */

void memory_limit_init(uint64_t bytes)
{
	limit = bytes;
}

uint64_t memory_limit(void)
{
	struct sysinfo info;

	if (!limit)
		limit = sysinfo(&info) ? 1ull << 30 :
			(uint64_t)info.totalram * info.mem_unit / 2;
	return limit;
}

static uint64_t data_of(const struct file *file)
{
	struct stat st;

	return fstat(file->object->memory, &st) ? 0 : (uint64_t)st.st_blocks * 512;
}

/* Mappings that exist stay writable. */
static void seal(struct file *file)
{
	cleanup_close int memory = object_reopen(file->object, O_RDWR);
	char path[PATH_MAX], size[FORMAT_SIZE_MAX];

	file->sealed = true;
	if (memory < 0 || fcntl(memory, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_FUTURE_WRITE))
		return;
	place_describe(file->inside, path);
	report_warning("%s has %s in memory, where no more may be (--file-memory): writes to it fail until it is closed",
		       quote_name(path), format_size(size, data_of(file)));
}

int memory_limit_tick(int64_t now_ms)
{
	uint64_t allowed = memory_limit(), used = 0, most = 0, data, wait;
	struct file *file, *largest = NULL;

	if (now_ms < next_ms)
		return (int)(next_ms - now_ms);
	for (file = file_maybe_dirty_first(); file; file = file->next_maybe_dirty) {
		if (file->sealed) {
			allowed /= 2;
			continue;
		}
		data = data_of(file);
		used += data;
		if (data > most) {
			most = data;
			largest = file;
		}
	}
	if (used >= allowed && largest)
		seal(largest);
	wait = used >= allowed ? 0 : (allowed - used) / BYTES_PER_MS;
	if (wait < TICK_MIN_MS)
		wait = TICK_MIN_MS;
	if (wait > TICK_MAX_MS)
		wait = TICK_MAX_MS;
	next_ms = now_ms + (int64_t)wait;
	return (int)wait;
}
