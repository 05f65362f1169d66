/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lvm-group.h - a volume group of LVM, as its metadata describe it.
 */
#ifndef STORAGE_LVM_GROUP_H
#define STORAGE_LVM_GROUP_H

#include "lvm-label.h"
#include "lvm-text.h"

#define LVM_NAME_MAX	128

struct lvm_physical {
	const char *name;		/* "pv0", in the metadata */
	const char *id;
	const char *device;		/* where it was once; or NULL */
	uint64_t start, extents;	/* first one, in sectors; how many */
	/* Of the device that has this id, "MAJOR:MINOR"; empty: missing. */
	char number[24];
};

struct lvm_segment {
	uint64_t start, extents;
	const char *type;
	const struct lvm_value *values;
};

struct lvm_logical {
	const char *name, *id;
	bool visible, writable;
	uint64_t extents;
	struct lvm_segment *segments;	/* in their order, without a gap */
	unsigned int n_segments;
	/* Of the type snapshot: names of other volumes; or NULL. */
	const char *snapshot_origin, *snapshot_store;
	/* Of its device, when it has one. */
	bool busy;			/* being mapped: a loop if met again */
	char number[24];
};

struct lvm_group {
	struct lvm_value *top;		/* owns all strings */
	const char *name, *id;
	uint64_t sequence;
	uint64_t extent_size;		/* sectors */
	struct lvm_physical *physicals;
	struct lvm_logical *logicals;
	unsigned int n_physicals, n_logicals;
};

/*
 * lvm_group_parse - make a group of a copy of its metadata
 * @ret_group: free it with lvm_group_free()
 */
int lvm_group_parse(const char *text, size_t len, struct lvm_group **ret_group,
		    struct lkl_error *err);

void lvm_group_free(struct lvm_group *group);

/* By their name in the metadata; NULL: there is none. */
struct lvm_physical *lvm_find_physical(const struct lvm_group *group,
				       const char *name);
struct lvm_logical *lvm_find_logical(const struct lvm_group *group,
				     const char *name);

/* The snapshot that has this volume as the store of its changed blocks, or NULL. */
const struct lvm_segment *lvm_find_snapshot(const struct lvm_group *group,
					    const char *store);

/* Has this volume snapshots? */
bool lvm_has_snapshot(const struct lvm_group *group, const char *origin);

/* Is the volume for users?  A pool is visible, too, but only a part of others. */
bool lvm_is_volume(const struct lvm_group *group,
		   const struct lvm_logical *logical);

#endif /* STORAGE_LVM_GROUP_H */
