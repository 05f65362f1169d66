/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * systems.h - the operating systems on disks: find their root file systems.
 */
#ifndef COMMON_SYSTEM_SYSTEMS_H
#define COMMON_SYSTEM_SYSTEMS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/storage/volume.h"

/* Why a file system counts as the root of a system; the best reason is first. */
enum system_reason {
	SYSTEM_BY_TYPE,			/* the type of its partition */
	SYSTEM_BY_FSTAB,		/* it has /etc/fstab */
	SYSTEM_BY_RELEASE,		/* it has /etc/os-release */
	SYSTEM_BY_USER,
};

struct system {
	const struct volume *volume;
	uint64_t subvolume;		/* of btrfs, to mount; 0: the default one */
	bool is_default;		/* that of its file system */
	char name[VOLUME_NAME_MAX + 260];	/* "2", "VG/LV", "2/@" */
	char title[100];		/* from os-release; or empty */
	enum system_reason reason;
};

struct systems {
	struct system *at;
	unsigned int n;
	/*
	 * The first file system that could not be looked into, and the first
	 * encrypted volume that did not open, or empty.
	 */
	char failure[400];
};

/*
 * systems_find - look into all file systems that can hold a root
 * @scratch: writes do not reach the images, so that journals can be replayed
 *
 * The caller calls systems_free() in either case.
 */
int systems_find(const struct storage *storage, bool scratch,
		 struct systems *systems, struct lkl_error *err);

/*
 * systems_choose - the system that the user wants
 * @which: the name of a system or its volume, a UUID, a device, TAG=value; or "" for
 *	   the only system
 *
 * A volume that the user names need not look like a root.  -ENOTUNIQ or -ENXIO, after
 * a list on standard error.  For the only system, a warning names each encrypted
 * volume that did not open; if a key was wrong and opened no volume, that is an
 * error.
 */
int systems_choose(struct systems *systems, const struct storage *storage,
		   const char *which, const struct system **ret_system,
		   struct lkl_error *err);

/* systems_add - add a system on a volume; NULL: there are too many, or no memory */
struct system *systems_add(struct systems *systems,
			   const struct volume *volume,
			   enum system_reason reason);

void systems_free(struct systems *systems);

/*
 * system_partition - the partition that a volume is, or that it decrypts
 *
 * NULL: none.
 */
const struct volume *system_partition(const struct volume *volume);

#endif /* COMMON_SYSTEM_SYSTEMS_H */
