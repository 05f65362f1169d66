/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pending.h - directories of an archive whose attributes are set at the end,
 * when nothing more comes into them.
 */
#ifndef CP_PENDING_H
#define CP_PENDING_H

#include "job.h"

struct pending;				/* one of them, the last */

/*
 * pending_add - remember one
 * @path: below the destination
 * @st: with job->xattrs, which are taken over
 * @existing: it was there before
 *
 * Returns 0 or -ENOMEM.
 */
int pending_add(struct pending **pending, struct job *job, const char *path,
		const struct lkl_statx *st, bool existing);

/* The same for one whose time alone has changed: attributes_touched(). */
int pending_add_touched(struct pending **pending, const char *path);

/*
 * pending_finish - set the attributes of all and forget them
 *
 * Returns 0, or the error that ends the job.
 */
int pending_finish(struct pending **pending, struct job *job);

#endif /* CP_PENDING_H */
