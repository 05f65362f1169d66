/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * subvolumes.h - the subvolumes of a new btrfs.
 */
#ifndef TAR2FS_SUBVOLUMES_H
#define TAR2FS_SUBVOLUMES_H

#include <stddef.h>

#include <lkl.h>

/* Paths below the root directory, owned; parents come before children. */
struct subvolumes {
	char **at;
	size_t n;
};

/* Adds the argument of --subvolume.  -EINVAL if it leads out of the root. */
int subvolumes_add(struct subvolumes *subvolumes, const char *path,
		   struct lkl_error *err);
void subvolumes_free(struct subvolumes *subvolumes);

/*
 * subvolumes_make - make all of them, and their missing parent directories
 *
 * The root directory of the image is that of all paths.
 */
int subvolumes_make(const struct subvolumes *subvolumes,
		    struct lkl_error *err);

#endif /* TAR2FS_SUBVOLUMES_H */
