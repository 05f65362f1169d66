/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe.h - find out which file system a disk or a partition holds.
 */
#ifndef TOOLS_PROBE_H
#define TOOLS_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

#define PROBE_SECTOR	512u	/* bytes; libblkid reads whole sectors */
#define PROBE_NAME_MAX	32
#define PROBE_LABEL_MAX	768	/* enough for 128 UTF-16 units */

struct probe {
	char type[PROBE_NAME_MAX];	/* libblkid's name; empty: unknown */
	char label[PROBE_LABEL_MAX];	/* empty: none */
	char uuid[64];
	char sub_uuid[64];		/* of this member of several; or empty */
	char version[16];		/* of the format; empty: unknown */
	bool is_filesystem;		/* false: swap, LVM, encrypted, ... */
};

struct probe_source;

/*
 * probe_range - look for a file system in a part of a source
 *
 * Returns 0 or -errno.  If nothing is found, the type is empty and the result
 * is 0.  If several types match, the result is -ENOTUNIQ and @err names them.
 */
int probe_range(const struct probe_source *source, uint64_t offset,
		uint64_t size, struct probe *ret_probe, struct lkl_error *err);

/* probe_file - look for a file system in a file of @size bytes */
int probe_file(int fd, uint64_t size, struct probe *ret_probe,
	       struct lkl_error *err);

/*
 * probe_image_format - the image format that the first bytes look like
 *
 * Returns the name of the format or NULL.  Use it only for a hint to the user:
 * a guest can write these bytes into its raw disk.
 */
const char *probe_image_format(struct lkl_disk *disk);

/* The same for the first bytes of a file. */
#define PROBE_HEAD 128
const char *probe_image_header(const char head[PROBE_HEAD]);

/* The compression that a disk looks like, also for a hint: "xz", or NULL. */
const char *probe_compression(struct lkl_disk *disk);

/* The kernel's name for a type that libblkid or the user has named. */
const char *probe_kernel_type(const char *type);

#endif /* TOOLS_PROBE_H */
