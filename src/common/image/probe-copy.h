/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe-copy.h - the parts of a disk that libblkid looks at, as a file.
 *
 * libblkid wants a file descriptor, which an image of another format than
 * raw, or a remote one, does not have.
 */
#ifndef TOOLS_SAMPLE_H
#define TOOLS_SAMPLE_H

#include <stdint.h>

#include <lkl.h>

/*
 * sample_filesystem - where file systems and other contents are recognised
 * @offset, @size: the part of the disk that holds it, within the disk
 *
 * Returns a file of that size, for the caller to close, or -errno.  What was
 * not sampled reads as zeroes and takes no memory.
 */
int sample_filesystem(struct lkl_disk *disk, uint64_t offset, uint64_t size,
		      struct lkl_error *err);

/* sample_disk - the same of the whole disk, and where partition tables are */
int sample_disk(struct lkl_disk *disk, struct lkl_error *err);

#endif /* TOOLS_SAMPLE_H */
