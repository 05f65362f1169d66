/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * subvolumes.h - the subvolumes of a new btrfs.
 */
#ifndef TAR2FS_SUBVOLUMES_H
#define TAR2FS_SUBVOLUMES_H

#include <stddef.h>

#include <lkl.h>

struct snapshot {
	char *source;			/* a subvolume; "." is the root */
	char *name;
};

/* Paths below the root directory, owned; parents come before children. */
struct subvolumes {
	char **at;
	size_t n;
	struct snapshot *snapshots;
	size_t n_snapshots;
};

/* Adds the argument of --subvolume.  -EINVAL if it leads out of the root. */
int subvolumes_add(struct subvolumes *subvolumes, const char *path,
		   struct lkl_error *err);
/* Adds the argument of --snapshot, "SOURCE:NAME". */
int subvolumes_add_snapshot(struct subvolumes *subvolumes,
			    const char *argument, struct lkl_error *err);
void subvolumes_free(struct subvolumes *subvolumes);

/*
 * subvolumes_make - make all of them, and their missing parent directories
 *
 * The root directory of the image is that of all paths.
 */
int subvolumes_make(const struct subvolumes *subvolumes,
		    struct lkl_error *err);

/*
 * subvolumes_check - whether they are still there, after the inputs
 *
 * -EEXIST if an input has put something else on the path of one.
 */
int subvolumes_check(const struct subvolumes *subvolumes,
		     struct lkl_error *err);

/*
 * subvolumes_take_snapshots - make read-only snapshots of what is there now
 *
 * The same about the root directory.
 */
int subvolumes_take_snapshots(const struct subvolumes *subvolumes,
			      struct lkl_error *err);

#endif /* TAR2FS_SUBVOLUMES_H */
