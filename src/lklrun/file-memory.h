/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file-memory.h - what files.c and writeback.c share: a file of the image in
 * memory.
 */
#ifndef LKLRUN_FILE_MEMORY_H
#define LKLRUN_FILE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <lkl.h>

#include "due.h"

struct object;

struct file {
	struct object *object;		/* its file in memory */
	uint64_t ino;			/* inside */
	uint32_t dev_major, dev_minor;
	int inside;			/* descriptor; readable */
	bool writable;			/* @inside is */
	/* The program has or had it open for writing: see file_maybe_dirty_first(). */
	bool maybe_dirty;
	bool mapped;			/* shared: writes leave no trace */
	bool failed;			/* the last write-back failed */
	bool sealed;			/* writes fail: see memory-limit.h */
	struct due due;			/* when to write back */
	bool cached;			/* closed: between @older and @newer */
	uint64_t cached_bytes;
	struct file *next;		/* in its bucket */
	struct file *next_maybe_dirty;
	struct file *older, *newer;
};

/*
 * file_fill - copy the content into an empty file in memory
 * @largest: how many bytes may be copied; -EFBIG
 *
 * Holes stay holes.
 */
int file_fill(int memory, int inside, const struct lkl_statx *st,
	      uint64_t largest);

/* file_watch - from now on file_is_dirty() tells of the next write; 0 or -errno */
int file_watch(struct file *file);

/* file_is_dirty - was it written to?  @ret_st is of the file in memory. */
bool file_is_dirty(const struct file *file, struct stat *ret_st);

/* file_write_back - compare all of it, bring the image up to date; 0 or -errno */
int file_write_back(struct file *file);

/* file_complete - file_complete_stat() for a file that is known */
void file_complete(const struct file *file, struct lkl_statx *st);

#endif /* LKLRUN_FILE_MEMORY_H */
