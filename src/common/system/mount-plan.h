/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount-plan.h - the file systems that a system mounts below its root.
 */
#ifndef COMMON_SYSTEM_MOUNT_PLAN_H
#define COMMON_SYSTEM_MOUNT_PLAN_H

#include <stdbool.h>

#include "common/storage/volume.h"

#define MOUNT_PLAN_ORIGIN_MAX 64

struct mount_plan_entry {
	const struct volume *volume;
	char *target;			/* "/home"; links lead within the root */
	char *options;			/* of the file system */
	char origin[MOUNT_PLAN_ORIGIN_MAX];	/* "/etc/fstab: line 3" */
	bool read_only;
	bool optional;			/* "nofail": go on without it */
	bool if_empty;			/* only on an empty directory */
};

struct mount_plan {
	struct mount_plan_entry *entries;	/* in the order of mounting */
	unsigned int n;
};

struct mount_plan_options {
	bool verbose;			/* say what is left out, and why */
	bool degraded;			/* go on without what is missing */
};

/*
 * mount_plan_make - read /etc/fstab, and look at the types of partitions
 * @root: the volume of the root
 * @root_fd: its root directory
 *
 * A file system that cannot be found is an error that names it.  The caller calls
 * mount_plan_free() in either case.
 */
int mount_plan_make(const struct storage *storage, const struct volume *root,
		    int root_fd, const struct mount_plan_options *options,
		    struct mount_plan *plan, struct lkl_error *err);
void mount_plan_free(struct mount_plan *plan);

/* mount_plan_skip - with --verbose, say that an entry is left out */
void mount_plan_skip(const struct mount_plan_options *options,
		     const char *target, const char *why);

/*
 * mount_plan_fail - an entry cannot be mounted: go on, or not
 * @optional: it may be missing
 * @err: why; gets the origin and the target in front
 *
 * Returns 0 after a warning or a note, or @code.
 */
int mount_plan_fail(const struct mount_plan_options *options,
		    const char *origin, const char *target, bool optional,
		    int code, struct lkl_error *err);

#endif /* COMMON_SYSTEM_MOUNT_PLAN_H */
