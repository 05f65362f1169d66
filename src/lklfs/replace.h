/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replace.h - replaces the contents of a file of the image in one step.
 *
 * The new contents go into a new file with a temporary name in the same directory.
 * When it is complete, it takes the attributes and the name of the old file.
 */
#ifndef LKLFS_REPLACE_H
#define LKLFS_REPLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

struct replacement {
	char *path;			/* of the file, without links */
	char *temporary;		/* of the new one */
	int fd;
	uint64_t size;			/* written so far */
	bool exists;			/* there is an old file */
	struct lkl_statx st;		/* of the old one */
	unsigned int mode;		/* of the new one; the caller may change it */
};

/*
 * replacement_begin - make the new file
 *
 * If @path is a symbolic link, the file that it leads to is replaced.  It has to be a
 * regular file.  Sentences name @path.
 */
int replacement_begin(const char *path, struct replacement *ret_replacement,
		      struct lkl_error *err);

/* The sentence does not name the file. */
int replacement_write(struct replacement *replacement, const void *data,
		      size_t len, struct lkl_error *err);

/* Both free @replacement; the first one removes the new file if it fails. */
int replacement_complete(struct replacement *replacement,
			 struct lkl_error *err);
void replacement_discard(struct replacement *replacement);

#endif /* LKLFS_REPLACE_H */
