/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disk.h - what lkl.h calls a disk.
 */
#ifndef LKL_DISK_H
#define LKL_DISK_H

#include "lkl.h"

#define DISK_NOT_ADDED	(-1)

struct lkl_disk {
	struct blk *blk;	/* owned */
	/*
	 * Owned, NULL: none.  Made when the disk is opened, for the process
	 * may forbid itself to make one before the disk is used.
	 */
	struct uring *ring;
	int index;		/* register block and interrupt */
};

#endif
