/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * make.h - make one file of the target, of any type.
 *
 * What is there already gives way as the user wants it: a folder never to a
 * file, nor the reverse; a link is replaced, never followed.
 */
#ifndef CP_MAKE_H
#define CP_MAKE_H

#include "attributes.h"

/* What became of it; or -errno. */
enum made {
	MADE_NOTHING,		/* told, or as the user wants it */
	MADE_NEW,
	MADE_EXISTING,		/* it was there and is used */
	MADE_STREAM,		/* a device or a pipe of the user's choice */
};

/* What make_...() returns beside enum made is an error that ends the job. */

/*
 * make_file - an empty regular file, open for writing
 * @ret_fd: only if something was made; -1 in a dry run
 */
int make_file(struct job *job, const struct spot *spot,
	      const struct lkl_statx *st, int *ret_fd);

/* A directory, open; MADE_EXISTING if it was there. */
int make_directory(struct job *job, const struct spot *spot,
		   const struct lkl_statx *st, int *ret_fd);

int make_symlink(struct job *job, const struct spot *spot,
		 const struct lkl_statx *st, const char *target);

/* A device, fifo or socket. */
int make_special(struct job *job, const struct spot *spot,
		 const struct lkl_statx *st);

/*
 * make_link - another name for a file that is @path below job->to_base
 *
 * -EMLINK, with nothing told, if it cannot be and a copy would do.
 */
int make_link(struct job *job, const struct spot *spot,
	      const struct lkl_statx *st, const char *path);

/* The same for a file called @name in the directory @dir; -ENOENT, too. */
int make_link_at(struct job *job, const struct spot *spot,
		 const struct lkl_statx *st, int dir, const char *name);

/* The file that was made and failed later: away with it. */
void make_undo(struct job *job, const struct spot *spot);

#endif /* CP_MAKE_H */
