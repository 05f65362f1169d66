/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copy.h - copies files: whole trees (tree.c) and single files (file.c).
 */
#ifndef COPY_COPY_H
#define COPY_COPY_H

#include "create.h"

/*
 * tree_copy - copy one operand: a file, or a directory and all that is in it
 * @name: the source, a path from job->from_base
 * @follow: if it is a symbolic link, copy the file that it leads to
 * @entry: the copy's, in job->to_base
 *
 * job->source and job->target hold the paths.
 */
int tree_copy(struct job *job, const char *name, bool follow,
	      const struct target_entry *entry);

/* Copies a file that is not a directory.  Returns enum created or -errno. */
int file_copy(struct job *job, int dir, const char *name, bool follow,
	      const struct lkl_statx *st, const struct target_entry *entry);

/* Called once, when job->to_base is known. */
void file_begin(struct job *job);

/* All data of a target file was written. */
void file_written(struct job *job, int fd);

/* How copying data may end while the job goes on. */
#define DATA_COMPLETE	0
#define DATA_INCOMPLETE	1	/* reported; the target file should go */

/*
 * file_remove_partial - remove the file of the host that is being written
 *
 * For a process that is about to end; any thread.
 */
void file_remove_partial(void);

/*
 * file_use_direct_io - try direct I/O for a large file of the image
 *
 * If it returns true, all transfers must use job->buffer.
 */
bool file_use_direct_io(const struct job *job, int fd, uint64_t size);

/*
 * file_write - write some bytes to a target file, all of them
 * @skip_zeroes: leave blocks of zeroes as holes; the caller sets the size
 *
 * Returns 0 or the target's -errno.
 */
int file_write(struct job *job, int to, const char *data, size_t len,
	       uint64_t offset, bool skip_zeroes);

#endif /* COPY_COPY_H */
