// SPDX-License-Identifier: GPL-2.0-only
/*
 * file-table.c - which files in memory there are: by inode, those that may be dirty,
 * and those that the program has closed and may need again.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "file-table.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "file-memory.h"
#include "files.h"
#include "object.h"

#define BUCKETS 4096u

/* Closed files stay in memory up to this size, since programs open them again. */
#define CACHED_BYTES	(256ull << 20)
#define CACHED_FILES	4096u

static struct file *buckets[BUCKETS];
static struct {
	struct file *first, *last;	/* oldest and newest */
	uint64_t bytes;
	unsigned int n;
} cached;
static struct file *maybe_dirty;	/* linked by ->next_maybe_dirty */

static unsigned int bucket_of(uint32_t major, uint32_t minor, uint64_t ino)
{
	return (unsigned int)((ino ^ ino >> 12 ^ major ^ minor) % BUCKETS);
}

static struct file *find_inode(uint32_t major, uint32_t minor, uint64_t ino)
{
	struct file *file = buckets[bucket_of(major, minor, ino)];

	while (file && (file->ino != ino || file->dev_minor != minor ||
			file->dev_major != major))
		file = file->next;
	return file;
}

struct file *file_find(const struct lkl_statx *st)
{
	return find_inode(st->stx_dev_major, st->stx_dev_minor, st->stx_ino);
}

static struct file **bucket_for(const struct file *file)
{
	return &buckets[bucket_of(file->dev_major, file->dev_minor, file->ino)];
}

void file_table_add(struct file *file)
{
	struct file **bucket = bucket_for(file);

	file->next = *bucket;
	*bucket = file;
}

void file_table_clear(void)
{
	unsigned int i;

	for (i = 0; i < BUCKETS; i++)
		while (buckets[i])
			file_drop(buckets[i]);
}

/* ---- Files that may be dirty ---- */

void file_maybe_dirty_add(struct file *file)
{
	file->next_maybe_dirty = maybe_dirty;
	maybe_dirty = file;
	file->maybe_dirty = true;
}

struct file *file_maybe_dirty_first(void)
{
	return maybe_dirty;
}

void file_maybe_dirty_remove(struct file *file)
{
	struct file **at;

	if (!file->maybe_dirty)
		return;
	for (at = &maybe_dirty; *at != file; at = &(*at)->next_maybe_dirty)
		;
	*at = file->next_maybe_dirty;
	file->maybe_dirty = false;
}

/* ---- Closed files ---- */

void file_cache_remove(struct file *file)
{
	if (!file->cached)
		return;
	*(file->older ? &file->older->newer : &cached.first) = file->newer;
	*(file->newer ? &file->newer->older : &cached.last) = file->older;
	file->older = file->newer = NULL;
	file->cached = false;
	cached.bytes -= file->cached_bytes;
	cached.n--;
}

void file_cache_add(struct file *file)
{
	struct stat st;

	if (file->cached)
		return;
	file->cached_bytes = fstat(file->object->memory, &st) ? 0 :
		(uint64_t)st.st_blocks * 512;
	file->older = cached.last;
	*(cached.last ? &cached.last->newer : &cached.first) = file;
	cached.last = file;
	file->cached = true;
	cached.bytes += file->cached_bytes;
	cached.n++;
}

void file_drop(struct file *file)
{
	struct file **at;

	file_cache_remove(file);
	file_maybe_dirty_remove(file);
	for (at = bucket_for(file); *at != file; at = &(*at)->next)
		;
	*at = file->next;
	object_drop(file->object);
	lkl_sys_close((unsigned int)file->inside);
	free(file);
}

bool file_is_deleted(const struct file *file)
{
	struct lkl_statx st;

	return !lkl_sys_statx(file->inside, "", LKL_AT_EMPTY_PATH,
			      LKL_STATX_NLINK, &st) && !st.stx_nlink;
}

/* How many closed files stay: a third of the descriptors that this process may have. */
static unsigned int max_cached(void)
{
	static unsigned int max;
	struct rlimit limit;

	if (!max)
		max = getrlimit(RLIMIT_NOFILE, &limit) ||
			limit.rlim_cur / 3 > CACHED_FILES ? CACHED_FILES :
			(unsigned int)limit.rlim_cur / 3;
	return max;
}

void file_cache_shrink(void)
{
	while (cached.first && (cached.bytes > CACHED_BYTES ||
				cached.n > max_cached()))
		file_drop(cached.first);
}

bool file_cache_drop_oldest(void)
{
	if (!cached.first)
		return false;
	file_drop(cached.first);
	return true;
}

struct file *file_find_closed(int dir, const char *name)
{
	struct lkl_statx st;
	struct file *file;

	if (!cached.n || lkl_sys_statx(dir, name, LKL_AT_SYMLINK_NOFOLLOW |
				       LKL_AT_EMPTY_PATH, LKL_STATX_INO, &st))
		return NULL;
	file = file_find(&st);
	return file && file->cached ? file : NULL;
}

void file_forget_deleted(struct file *file)
{
	if (file && file_is_deleted(file))
		file_drop(file);
}
