/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fstab-source.h - the volume that the first field of a line of /etc/fstab means.
 */
#ifndef COMMON_SYSTEM_FSTAB_SOURCE_H
#define COMMON_SYSTEM_FSTAB_SOURCE_H

#include <stdbool.h>

#include "common/storage/volume.h"
#include "fstab.h"

enum fstab_source_kind {
	FSTAB_NAME,			/* of a volume, or TAG=value */
	FSTAB_DISK,			/* the disk with this index, or a partition */
	FSTAB_UNKNOWN,			/* says nothing about the disk's content */
};

#define FSTAB_SOURCE_MAX 1024

struct fstab_source {
	enum fstab_source_kind kind;
	char name[FSTAB_SOURCE_MAX];	/* for storage_search() */
	unsigned int disk;		/* the first is 0 */
	unsigned int partition;		/* 0: the whole disk */
};

/*
 * fstab_source_parse - what kind of name it is
 *
 * Names of /dev/disk/by-uuid and the like become TAG=value.  Names of disks, such as
 * /dev/sdb2 and /dev/nvme0n1p2, count the disks in their order.
 */
void fstab_source_parse(const char *text, struct fstab_source *ret_source);

/*
 * fstab_source_find - find the volume with the file system
 * @crypttab: lines of /etc/crypttab, for /dev/mapper/NAME
 *
 * -ENXIO: there is none; -ENOTUNIQ: there are several; -EOPNOTSUPP: the image does
 * not tell which disk has the name.
 */
int fstab_source_find(const struct storage *storage,
		      const struct fstab *crypttab, const char *text,
		      const struct volume **ret_volume);

#endif /* COMMON_SYSTEM_FSTAB_SOURCE_H */
