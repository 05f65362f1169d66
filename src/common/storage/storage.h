/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * storage.h - declarations for the files of the storage stack; others include volume.h.
 */
#ifndef STORAGE_STORAGE_H
#define STORAGE_STORAGE_H

#include "lvm-group.h"
#include "volume.h"

struct storage {
	struct storage_options options;
	struct lkl_disk *const *disks;
	struct volume **volumes;
	unsigned int n_volumes;
	/* Mapped devices and arrays ("/dev/md..."), in the order of making. */
	char **made;
	unsigned int n_made;
	struct lvm_group **groups;	/* of LVM */
	unsigned int n_groups;
	struct volume *verified;	/* NULL: none */
	bool has_unmarked;		/* the volume of the option is known */
};

/*
 * volume_add - a new volume above others
 * @size: 0: that of @node
 *
 * The name is for the caller to set.
 */
int volume_add(struct storage *storage, enum volume_kind kind,
	       struct volume *const *parents, unsigned int n_parents,
	       struct volume **ret_volume, struct lkl_error *err);

/* Does the user mean this volume?  @which is no TAG=value. */
bool volume_is_named(const struct volume *volume, const char *which);
/* The same for a name or TAG=value. */
bool volume_matches(const struct volume *volume, const char *which);

/* Is it a file system that is mounted if the user does not choose one? */
bool volume_is_candidate(const struct volume *volume);

/*
 * storage_find - the only volume that the user means
 * @which: a name or TAG=value
 *
 * -ENXIO or -ENOTUNIQ, after a list on standard error.
 */
int storage_find(const struct storage *storage, const char *which,
		 struct volume **ret_volume, struct lkl_error *err);

/* storage_made - remember a device; for lvm_map(), too */
int storage_made(void *storage, const char *name);

/* volume_read_at - read through the node; for a struct probe_source */
int volume_read_at(void *fd, void *buf, size_t len, uint64_t offset);

/*
 * arrays_add - start the arrays whose members were found
 * lvm_add - map the volumes of groups whose physical volumes were found
 *
 * They take the volumes that are not expanded, and set *ret_added if there are
 * new volumes.
 */
int arrays_add(struct storage *storage, bool *ret_added, struct lkl_error *err);
int lvm_add(struct storage *storage, bool *ret_added, struct lkl_error *err);

/*
 * btrfs_check - mark each btrfs that lacks devices as degraded
 *
 * Without --degraded, its problem says so.  Call this when all volumes are found.
 */
void btrfs_check(struct storage *storage);

/* array_stop - stop the array with this node */
void array_stop(const char *node);

#endif /* STORAGE_STORAGE_H */
