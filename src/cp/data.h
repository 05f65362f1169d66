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
 * data_put - some bytes, all of them
 * @last: whatever is left out because it is zeroes, so that the size is set
 *
 * 0 or -errno of the target.
 */
int data_put(struct job *job, int to, const char *data, size_t len,
	     uint64_t offset, bool skip_zeroes);

#endif /* CP_DATA_H */
