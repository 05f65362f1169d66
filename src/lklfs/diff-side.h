/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diff-side.h - one of the two trees that are compared: an image, a folder or a
 * tar archive.
 *
 * A process of its own reads it, confined, and writes a manifest into a pipe.
 */
#ifndef LKLFS_DIFF_SIDE_H
#define LKLFS_DIFF_SIDE_H

#include <sys/types.h>

#include "commands.h"

struct diff_side {
	const char *name;
	pid_t process;
	FILE *in;			/* its manifest */
};

/*
 * diff_side_start - start the process
 * @what: MANIFEST_...
 * @other: a stream that the new process closes, or NULL
 */
int diff_side_start(const struct run *run, const char *name, unsigned int what,
		    FILE *other, struct diff_side *ret_side,
		    struct lkl_error *err);

/* diff_side_end - wait for the process; false if it has failed */
bool diff_side_end(struct diff_side *side);

/*
 * manifest_of_archive - write the manifest of a tar archive
 * @fd: open for reading; the caller's
 */
int manifest_of_archive(const char *name, int fd, unsigned int what, FILE *out,
			struct lkl_error *err);

#endif /* LKLFS_DIFF_SIDE_H */
