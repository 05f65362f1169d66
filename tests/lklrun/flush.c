// SPDX-License-Identifier: GPL-2.0-only
/*
 * flush.c - which files in memory are written back, and what lklrun remembers of that.
 * The files are the real ones; their data and descriptors are not.
 */
#include "lklrun/files.c"
#include "lklrun/file-table.c"

#include "unit/unit.h"

#define COST_MS		20

static bool is_dirty;
static int write_backs;

/* ---- In place of writeback.c ---- */

bool file_is_dirty(const struct file *file, struct stat *ret_st)
{
	(void)file;
	*ret_st = (struct stat){ .st_size = 1 };
	return is_dirty;
}

int file_write_back(struct file *file)
{
	(void)file;
	write_backs++;
	if (is_dirty)
		usleep(COST_MS * 1000);
	is_dirty = false;
	return 0;
}

int file_fill(int memory, int inside, const struct lkl_statx *st, uint64_t most)
{
	(void)memory;
	(void)inside;
	(void)st;
	(void)most;
	return -EIO;
}

int file_watch(struct file *file)
{
	(void)file;
	return 0;
}

void file_complete(const struct file *file, struct lkl_statx *st)
{
	(void)file;
	(void)st;
}

/* ---- In place of the others that files.c calls ---- */

uint64_t memory_limit(void)
{
	return UINT64_MAX;
}

int memory_limit_tick(int64_t now_ms)
{
	(void)now_ms;
	return 1000;
}

void inotify_hold(void)
{
}

void inotify_release(void)
{
}

int object_memory(int memory)
{
	return memory;
}

int object_new(int memory, struct object **ret_object)
{
	(void)memory;
	(void)ret_object;
	return -EMFILE;
}

void object_drop(struct object *object)
{
	(void)object;
}

int object_reopen(const struct object *object, int flags)
{
	(void)object;
	(void)flags;
	return -EMFILE;
}

bool object_is_open(const struct object *object)
{
	(void)object;
	return true;
}

bool object_has_writers(const struct object *object)
{
	(void)object;
	return true;
}

long call_give(struct call *call, int fd, unsigned int flags)
{
	(void)call;
	(void)fd;
	(void)flags;
	return -EMFILE;
}

long place_describe(int inside, char *buf)
{
	(void)inside;
	*buf = '\0';
	return -EBADF;
}

/* ---- Tests ---- */

/* fsync() of a clean file does not make the file look cheap. */
static void test_clean(void)
{
	struct file file = { .maybe_dirty = true };
	int64_t cost;

	is_dirty = true;
	write_backs = 0;
	CHECK_EQ(file_flush(&file), 0);
	cost = file.due.cost_ms;
	CHECK(cost >= COST_MS - 1);
	CHECK_EQ(file_flush(&file), 0);
	CHECK_EQ(write_backs, 1);
	CHECK_EQ(file.due.cost_ms, cost);
	/* Writes to a mapping cannot be seen. */
	file.mapped = true;
	CHECK_EQ(file_flush(&file), 0);
	CHECK_EQ(write_backs, 2);
}

/* Look once a second for @seconds; a write-back takes @cost ms.  How many there were. */
static int look_steadily(struct file *file, int seconds, int64_t cost)
{
	int i, n = 0;

	for (i = 0; i < seconds; i++) {
		int64_t now = 50000 + i * 1000;

		if (is_due(file, 1000000 + i, now)) {
			due_written_back(&file->due, now, now + cost);
			n++;
		}
	}
	return n;
}

/* Nothing tells of writes to a mapping. */
static void test_mapped(void)
{
	struct file small = { .maybe_dirty = true, .mapped = true };
	struct file large = small;
	int n;

	is_dirty = false;
	CHECK_EQ(look_steadily(&small, 60, 2), 60);
	/* At most a twentieth of the time, and it is not forgotten. */
	n = look_steadily(&large, 3600, 5000);
	CHECK(n > 10);
	CHECK(n * 5 <= 3600 / 20 + 5);
}

int main(void)
{
	RUN(test_clean);
	RUN(test_mapped);
	return unit_exit();
}
