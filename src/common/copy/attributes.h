/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attributes.h - sets owners, permissions, extended attributes and times.
 */
#ifndef COPY_ATTRIBUTES_H
#define COPY_ATTRIBUTES_H

#include "job.h"

/* A directory entry of the target: where a file is to be made. */
struct target_entry {
	int dir;		/* -1 if a dry run did not make it */
	const char *name;
	bool fresh;		/* we made the directory */
	bool setgid;		/* new files inherit its group */
	bool acl;		/* new files inherit its default ACL */
	bool follow;		/* the user named it: a link is followed */
};

/* The permissions that a copy has in the end. */
unsigned int attributes_mode(const struct job *job,
			     const struct lkl_statx *st);

/* The permissions to make it with, so that nobody else can open it early. */
unsigned int attributes_first_mode(const struct job *job,
				   const struct lkl_statx *st);

/*
 * attributes_apply - give a file the attributes of the source
 * @file: of the target
 * @st: of the source; job->xattrs belongs to it
 * @existing: the file was there before
 */
int attributes_apply(struct job *job, const struct file_ref *file,
		     const struct lkl_statx *st,
		     const struct target_entry *entry, bool existing);

/*
 * attributes_set_acl - set an access control list, after all else
 * @attribute: XATTR_ACCESS or XATTR_DEFAULT
 */
int attributes_set_acl(struct job *job, const struct file_ref *file,
		       const char *attribute, const void *value, size_t len);

/*
 * attributes_clamp_times - clamp the times of a directory of the image
 *
 * A file was made in it, which set its time to now.  If times are clamped,
 * that must not show.
 */
int attributes_clamp_times(struct job *job, const struct file_ref *directory);
static inline bool attributes_clamps_directories(const struct job *job)
{
	/* Directories of the host show when they changed. */
	return job->into_image && job->settings->mtime.clamp &&
		!job->settings->dry_run;
}

/* A directory of the source was opened; its files will be copied. */
void attributes_enter(const struct job *job, int dir);

/* Reads the extended attributes of a source file into job->xattrs. */
int attributes_read(struct job *job, const struct file_ref *file);

#endif /* COPY_ATTRIBUTES_H */
