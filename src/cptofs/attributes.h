/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attributes.h - owners, permissions, extended attributes and times of a
 * file that was made.
 */
#ifndef CP_ATTRIBUTES_H
#define CP_ATTRIBUTES_H

#include "job.h"

/* Where in the target something is made. */
struct spot {
	int dir;		/* -1: it is not there, for this is a dry run */
	const char *name;
	bool fresh;		/* the directory was made by us */
	bool setgid;		/* it hands down its group */
	bool acl;		/* it hands down an access control list */
	bool follow;		/* a link here is the user's own choice */
};

/* The permissions that a file shall have in the end. */
unsigned int attributes_mode(const struct job *job,
			     const struct lkl_statx *st);

/* Those to make it with, so that no one sees what he should not. */
unsigned int attributes_first_mode(const struct job *job,
				   const struct lkl_statx *st);

/*
 * attributes_apply - give a file all that is kept
 * @place: the file in the target
 * @st: the source's, with job->xattrs
 * @existing: it was there before
 *
 * Times are set last.
 */
int attributes_apply(struct job *job, const struct place *place,
		     const struct lkl_statx *st, const struct spot *spot,
		     bool existing);

/*
 * attributes_touched - a directory of the image was changed by what was made
 * in it
 *
 * Its time is now, which is not to be seen if times are clamped.
 */
int attributes_touched(struct job *job, const struct place *place);
static inline bool attributes_needs_touched(const struct job *job)
{
	/* Directories of the host show what happens on it. */
	return job->into_image && job->settings->mtime.clamp &&
		!job->settings->dry_run;
}

/* job->xattrs becomes what the source has. */
int attributes_read(struct job *job, const struct place *place);

#endif /* CP_ATTRIBUTES_H */
