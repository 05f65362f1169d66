/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nbd.h - what other drivers use of the NBD protocol.
 */
#ifndef LKL_BLK_NBD_H
#define LKL_BLK_NBD_H

#include "blk/blk.h"

/*
 * How long a server, but for our own, may be silent while commands wait for
 * it: then the connection is lost.  Some take minutes to flush what their
 * host has cached; nobody waits for a disk for longer.  Tests have less time.
 */
extern unsigned int nbd_silence_seconds;

/* A server of our own: embedded in what its starter knows of it. */
struct nbd_server {
	/* The blk is closed, and so is the connection. */
	void (*closed)(struct nbd_server *server);
};

/*
 * nbd_open_server - open the default export of a server of our own
 * @server: its starter's still, if this fails
 * @socket: connected to it, taken over in any case
 */
int nbd_open_server(struct nbd_server *server, int socket, unsigned int flags,
		    struct blk **ret_blk, struct lkl_error *err);

#endif /* LKL_BLK_NBD_H */
