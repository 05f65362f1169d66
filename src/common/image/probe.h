/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe.h - which file system is in there.
 */
#ifndef TOOLS_PROBE_H
#define TOOLS_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

#define PROBE_SECTOR	512u	/* bytes; libblkid takes whole ones */
#define PROBE_NAME_MAX	32
#define PROBE_LABEL_MAX	768	/* 128 UTF-16 units, and then some */

struct probe {
	char type[PROBE_NAME_MAX];	/* libblkid's name; empty: nothing */
	char label[PROBE_LABEL_MAX];	/* empty: none */
	char uuid[64];
	bool is_filesystem;		/* false: swap, LVM, encrypted, ... */
};

/*
 * probe_range - look for a file system in a part of a disk
 *
 * Finding nothing is success with an empty type.  -ENOTUNIQ if several types
 * match; @err then names them.
 */
int probe_range(struct lkl_disk *disk, uint64_t offset, uint64_t size,
		struct probe *ret_probe, struct lkl_error *err);

/* probe_file - the same in a file of @size bytes, see probe-copy.h */
int probe_file(int fd, uint64_t size, struct probe *ret_probe,
	       struct lkl_error *err);

/*
 * probe_image_format - the name of a format of disk images that this disk
 * seems to be of, or NULL
 *
 * For a hint to the user alone: whoever writes into a disk can make it look
 * like this.
 */
const char *probe_image_format(struct lkl_disk *disk);

/* The kernel's name for a type as libblkid or the user calls it. */
const char *probe_kernel_type(const char *type);

#endif /* TOOLS_PROBE_H */
