/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * files.h - regular files of the image as files in memory.
 *
 * Each inode that is open has one file in memory (memfd), which all descriptors
 * of the program share: reads, writes, mappings and locks are the host's own work.
 * writeback.c brings the changes to the image; lklrun(1) says when.
 */
#ifndef LKLRUN_FILES_H
#define LKLRUN_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "call.h"

struct lkl_statx;

/* files_init - @verbose: say which files are too large to be opened */
void files_init(bool verbose);

/*
 * file_open_give - answer the call with a descriptor of a regular file
 * @inside: a descriptor of the file; owned by the function
 * @flags: the host's O_... of the call
 *
 * -EACCES: @flags are for writing, and no descriptor inside of the file is writable.
 */
long file_open_give(struct call *call, int inside, int flags);

/*
 * file_load - the file in memory of a regular file
 * @inside: a descriptor of it; owned by the function
 *
 * -EFBIG: it has more data than the host's memory allows.
 */
int file_load(int inside, struct file **ret_file);

/* file_object - the object of a file */
struct object *file_object(struct file *file);

/* file_descriptor - a descriptor inside for metadata */
int file_descriptor(const struct file *file);

/* file_mapped - the program maps it shared: its writes leave no trace */
void file_mapped(struct file *file);

/* file_closed - the program has closed a descriptor of it */
void file_closed(struct file *file);

/*
 * files_tick - write back what is due; cheap enough to call after each event
 *
 * Returns the milliseconds after which to call it, or -1.
 */
int files_tick(void);

/*
 * files_end - write everything back and forget all
 *
 * Returns the first error, with the path of the file in @err.
 */
int files_end(struct lkl_error *err);

/* file_find - the file in memory of the inode that @st describes, or NULL */
struct file *file_find(const struct lkl_statx *st);

/*
 * file_complete_stat - correct @st by changes that are not in the image yet
 *
 * These are size, blocks and times of a file that was written to.  Handlers of the stat
 * family call this with the result of statx() inside, with LKL_STATX_INO.
 */
void file_complete_stat(struct lkl_statx *st);

/*
 * file_find_closed - the file at a place inside, if the program has it closed; or NULL
 *
 * Call this before the name of a file is removed, and file_forget_deleted() with the
 * result after it.  If that was the last name, the file in memory is dropped, so that
 * the image gets back the room of the file.
 */
struct file *file_find_closed(int dir, const char *name);
void file_forget_deleted(struct file *file);

/* file_flush - write the changes of the file in memory to the image */
int file_flush(struct file *file);

/* file_flush_all - the same for all; the first error */
int file_flush_all(void);

/*
 * file_resize - after ftruncate() inside: give the file in memory the same size
 *
 * Flush before.  Writes of other threads at the same time stay, as on any host.
 */
int file_resize(struct file *file);

/* The same for an inode that may have a file in memory; @fd is inside. */
int files_flush_inside(int fd);
int files_resize_inside(int fd);

/* file_fallocate - fallocate() inside and in memory; flushes before */
long file_fallocate(struct file *file, int mode, off_t offset, off_t len);

#endif /* LKLRUN_FILES_H */
