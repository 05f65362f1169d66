/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file-table.h - which files in memory there are.  For files.c and
 * memory-limit.c.
 */
#ifndef LKLRUN_FILE_TABLE_H
#define LKLRUN_FILE_TABLE_H

#include <stdbool.h>

struct file;

/* file_table_add - a new file; file_drop() takes it out and frees it */
void file_table_add(struct file *file);

/* file_drop - forget a file, which the program does not have open */
void file_drop(struct file *file);

/* file_table_clear - drop all */
void file_table_clear(void);

/* file_is_deleted - whether it has no name any more */
bool file_is_deleted(const struct file *file);

/* The list of those that may have to be written back: linked by next_maybe_dirty. */
void file_maybe_dirty_add(struct file *file);
void file_maybe_dirty_remove(struct file *file);
struct file *file_maybe_dirty_first(void);

/*
 * Closed files, which stay for a while.
 *
 * file_cache_shrink() drops those that are too many; file_cache_drop_oldest() drops
 * one, and returns false if there is none.
 */
void file_cache_add(struct file *file);
void file_cache_remove(struct file *file);
void file_cache_shrink(void);
bool file_cache_drop_oldest(void);

#endif /* LKLRUN_FILE_TABLE_H */
