/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * special.h - fifos and devices of the image.
 */
#ifndef LKLRUN_SPECIAL_H
#define LKLRUN_SPECIAL_H

#include "call.h"

struct lkl_statx;

/*
 * special_open_device - answer with a device of the host
 *
 * Only null, zero, full, random, urandom and tty: all others are -ENXIO.
 */
long special_open_device(struct call *call, const struct lkl_statx *st,
			 int flags);

/*
 * special_open_fifo - answer with a fifo of the host, one for each inode
 *
 * A thread waits for the other end.
 */
long special_open_fifo(struct call *call, const struct lkl_statx *st,
		       int flags);

/*
 * special_wait_fifo - answer with a fifo of the host
 * @path: a descriptor of it (O_PATH); the calling function closes it
 *
 * A thread waits for the other end.
 */
long special_wait_fifo(struct call *call, int path, int flags);

#endif /* LKLRUN_SPECIAL_H */
