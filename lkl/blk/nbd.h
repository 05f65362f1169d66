/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nbd.h - what other drivers use of the NBD protocol.
 */
#ifndef LKL_BLK_NBD_H
#define LKL_BLK_NBD_H

#include "blk.h"

/*
 * nbd_open_socket - open the default export of a server
 * @socket: connected to it, taken over in any case
 */
int nbd_open_socket(int socket, unsigned int flags, struct blk **ret_blk,
		    struct lkl_error *err);

#endif /* LKL_BLK_NBD_H */
