/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nbd.h - NBD functions for other drivers: servers that we start ourselves.
 */
#ifndef LKL_BLK_NBD_H
#define LKL_BLK_NBD_H

#include "blk/blk.h"

/*
 * If commands wait and the server sends nothing for so long, the connection is
 * given up.  Some servers take minutes to flush the cache of their host.  No
 * limit applies to a server of our own.  Tests set a shorter time.
 */
extern unsigned int nbd_silence_seconds;
/* Time to connect again to a server that was lost.  Tests set a shorter one. */
extern unsigned int nbd_recovery_seconds;

/* A server of our own, embedded in a struct of the code that started it. */
struct nbd_server {
	/*
	 * Called when the blk and the connection are closed.  -errno: the
	 * server failed.
	 */
	int (*closed)(struct nbd_server *server);
	/* Called after each flush, which fails if this returns -errno. */
	int (*flushed)(struct nbd_server *server);
	/* Bytes that the server has read from its source, or -errno. */
	int (*fetched)(struct nbd_server *server, uint64_t *ret_bytes);
};

/*
 * nbd_open_server - open the default export of a server of our own
 * @server: if this fails, the caller still owns it; else @ret_blk does
 * @socket: connected to the server; this function owns it even if it fails
 */
int nbd_open_server(struct nbd_server *server, int socket, unsigned int flags,
		    struct blk **ret_blk, struct lkl_error *err);

#endif /* LKL_BLK_NBD_H */
