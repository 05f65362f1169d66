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
	int index;		/* register block and interrupt */
};

#endif
