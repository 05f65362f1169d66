/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disk.h - struct lkl_disk: an open image, which the kernel may have as a disk.
 */
#ifndef LKL_DISK_H
#define LKL_DISK_H

#include "blk/blk.h"
#include "lkl.h"

#define DISK_NOT_ADDED	(-1)

struct lkl_disk {
	struct blk *blk;	/* owned; NULL before lkl_disk_parse() */
	struct blk_source *source;	/* owned; NULL after lkl_disk_parse() */
	/* Of @source, and then of @blk; NULL after lkl_disk_parse() has failed. */
	struct blk *protocol;
	/* For @source: calls what the options of lkl_disk_open() say. */
	struct blk_opener opener;
	int (*open_file)(const char *path, uint64_t flags, void *opaque,
			 struct lkl_error *err);
	void *open_opaque;
	/*
	 * Owned; NULL if the host has no io_uring.  lkl_disk_open() makes it,
	 * because a sandbox may forbid io_uring_setup() later.
	 */
	struct uring *ring;
	/* The register block and the interrupt, or DISK_NOT_ADDED. */
	int index;
};

/* disk_remove_all - take all disks from a kernel that is dead. */
void disk_remove_all(void);

#endif
