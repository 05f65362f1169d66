/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * create.h - makes one file of the target, of any type.
 *
 * If another file has the name already, the user's options decide.  A
 * directory never gives way to a file, nor a file to a directory.  A symbolic
 * link is replaced, never followed, unless it is the destination itself.
 */
#ifndef COPY_CREATE_H
#define COPY_CREATE_H

#include "attributes.h"

/*
 * Results of create_...().  They return an -errno instead if the error ends
 * the job.
 */
enum created {
	CREATED_NOTHING,	/* as the user wants it, or reported */
	CREATED_NEW,
	CREATED_EXISTING,	/* the file was there and is reused */
	CREATED_STREAM,		/* a device or pipe that the user named */
};

/*
 * create_file - make an empty regular file and open it for writing
 * @st: of the source
 * @ret_fd: set if a file was made; -1 in a dry run
 */
int create_file(struct job *job, const struct target_entry *entry,
		const struct lkl_statx *st, int *ret_fd);

/* Opens the directory, and makes it if it does not exist. */
int create_directory(struct job *job, const struct target_entry *entry,
		     const struct lkl_statx *st, int *ret_fd);

int create_symlink(struct job *job, const struct target_entry *entry,
		   const struct lkl_statx *st, const char *target);

/* A device, fifo or socket. */
int create_special(struct job *job, const struct target_entry *entry,
		   const struct lkl_statx *st);

/*
 * create_link - make another name for a file of the target
 * @path: its first name, below job->to_base
 *
 * -EMLINK, with nothing reported, if only a copy is possible.
 */
int create_link(struct job *job, const struct target_entry *entry,
		const struct lkl_statx *st, const char *path);

/* The same for the file @name of the directory @dir.  Also -ENOENT. */
int create_link_at(struct job *job, const struct target_entry *entry,
		   const struct lkl_statx *st, int dir, const char *name);

/* Removes a file that was made and then could not be completed. */
void create_undo(struct job *job, const struct target_entry *entry);

/*
 * open_beneath - open @path, which may be of any length, below @base
 *
 * Follows no symbolic links.  Returns a descriptor or -errno.
 */
int open_beneath(const struct file_calls *calls, int base, const char *path,
		 int flags);

#endif /* COPY_CREATE_H */
