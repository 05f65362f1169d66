/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * data.h - the contents of files.
 */
#ifndef CP_DATA_H
#define CP_DATA_H

#include "job.h"

/* Once, when job->to_base is known. */
void data_begin(struct job *job);

/* All of a file has been written. */
void data_done(struct job *job, int to);

/* How data_copy() ended, if the job goes on. */
#define DATA_COMPLETE	0
#define DATA_INCOMPLETE	1	/* told; what there is should go */

/*
 * data_copy - the bytes of one open file to another
 * @st: the source's
 *
 * What cannot be read becomes zeroes, and an error of the file.
 */
int data_copy(struct job *job, int from, int to, const struct lkl_statx *st);

/*
 * data_go_direct - have the data of a large file go past the image's page cache
 * @fd: the image's side of the copy
 *
 * Returns whether it may: job->buffer is the one to use then.
 */
bool data_go_direct(const struct job *job, int fd, uint64_t size);

/*
 * data_put - some bytes, all of them
 * @skip_zeroes: what is zero is left to be a hole; the size is not set then
 *
 * 0 or -errno of the target.
 */
int data_put(struct job *job, int to, const char *data, size_t len,
	     uint64_t offset, bool skip_zeroes);

#endif /* CP_DATA_H */
