/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * export.h - an opened export: open.c makes it, nbd.c uses it.
 */
#ifndef LKL_BLK_NBD_REMOTE_H
#define LKL_BLK_NBD_REMOTE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "blk/blk.h"
#include "connection.h"

/* More do not make two processors faster. */
#define CONNECTIONS_MAX	4u

/* Large enough to cost little each, small enough to overlap. */
#define NBD_PIECE_MAX	(512u << 10)

struct nbd {
	struct blk blk;
	struct connection *connections[CONNECTIONS_MAX];
	unsigned int n;			/* connections */
	unsigned int next;		/* counts commands */
	uint64_t end;			/* of the export, <= blk.size */
	unsigned int block;		/* the server's smallest */
	unsigned int piece;		/* bytes, a multiple of block */
	bool can_flush, can_trim, can_zero;
	struct nbd_server *server;	/* told when we are done; or NULL */
	/*
	 * What is not whole blocks is read, changed and written with this
	 * held for writing, all other writes are made with it held for
	 * reading.  Not needed if all bytes are whole blocks.
	 */
	pthread_rwlock_t blocks;
};

extern const struct blk_ops nbd_ops;

#endif /* LKL_BLK_NBD_REMOTE_H */
