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

/*
 * probe_copy_filesystem - copy the signatures and labels of file systems
 * @offset, @size: the part of the disk to probe, in bytes, within the disk
 *
 * Returns the descriptor of a file of @size bytes, which the caller closes, or
 * -errno.  Ranges that were not copied are holes.
 */
int probe_copy_filesystem(struct lkl_disk *disk, uint64_t offset, uint64_t size,
			  struct lkl_error *err);

/* probe_copy_disk - copy these and the partition tables of the whole disk */
int probe_copy_disk(struct lkl_disk *disk, struct lkl_error *err);

#endif /* TOOLS_PROBE_COPY_H */
