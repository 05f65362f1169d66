/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe-copy.h - copy the parts of a disk that libblkid reads into a file in
 * memory.
 *
 * libblkid reads from a file descriptor.  A qcow2 image or a remote image has
 * none that shows the disk.
 */
#ifndef TOOLS_PROBE_COPY_H
#define TOOLS_PROBE_COPY_H

#include <stdint.h>

#include <lkl.h>

/* Where the bytes come from: a disk, or a block device of the kernel inside. */
struct probe_source {
	uint64_t size;			/* bytes */
	unsigned int sector_size;
	/* Reads all @len bytes within the source: 0 or -errno. */
	int (*read)(void *opaque, void *buf, size_t len, uint64_t offset);
	void *opaque;
};

/* probe_source_disk - the source that a disk is */
struct probe_source probe_source_disk(struct lkl_disk *disk);

/*
 * probe_copy_filesystem - copy the signatures and labels of file systems
 * @offset, @size: the part of the source to probe, in bytes, within the source
 *
 * Returns the descriptor of a file of @size bytes, which the caller closes, or
 * -errno.  Ranges that were not copied are holes.
 */
int probe_copy_filesystem(const struct probe_source *source, uint64_t offset,
			  uint64_t size, struct lkl_error *err);

/* probe_copy_disk - copy these and the partition tables of the whole source */
int probe_copy_disk(const struct probe_source *source, struct lkl_error *err);

#endif /* TOOLS_PROBE_COPY_H */
