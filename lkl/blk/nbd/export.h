/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * export.h - struct nbd, an opened export.  open.c makes it, nbd.c uses it.
 */
#ifndef LKL_BLK_NBD_EXPORT_H
#define LKL_BLK_NBD_EXPORT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "blk/blk.h"
#include "connection.h"
#include "fingerprint.h"
#include "recover.h"
#include "unflushed.h"

/* Connections to one server: more were not faster on two processors. */
#define NBD_CONNECTIONS_MAX 4u

/*
 * The longest command: long enough that its overhead does not matter, short
 * enough that several commands of one request overlap.
 */
#define NBD_PIECE_MAX	(512u << 10)
/* For commands without data; the protocol has 32 bits for the length. */
#define NBD_RANGE_MAX	(1ull << 30)

struct nbd {
	struct blk blk;
	struct nbd_connection *connections[NBD_CONNECTIONS_MAX];	/* owned */
	unsigned int n;			/* connections */
	unsigned int next;		/* counts commands; atomic */
	uint64_t end;			/* size of the export, <= blk.size */
	unsigned int block;		/* smallest block of the server */
	unsigned int piece;		/* longest command; whole blocks */
	bool can_flush, can_trim, can_zero;
	struct nbd_server *server;	/* gets closed(); NULL: not ours */
	struct nbd_recovery recovery;
	struct nbd_unflushed unflushed;	/* used if @recovery and @can_flush */
	struct nbd_fingerprint fingerprint;	/* used if @recovery */
	/*
	 * Guards parts of blocks.  Writes of whole blocks hold it for reading.
	 * A write to a part of a block reads, changes and writes the block
	 * with this held for writing.  Unused if a block is one byte.
	 */
	pthread_rwlock_t blocks;
};

extern const struct blk_ops nbd_ops;

#endif /* LKL_BLK_NBD_EXPORT_H */
