/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unflushed.h - copies of the writes that a server has answered, but that no
 * flush covers yet.
 *
 * A server may keep such data in its memory.  If it is restarted, they are
 * lost, and a later flush succeeds all the same.  So they are written again on
 * a new connection.
 */
#ifndef LKL_BLK_NBD_UNFLUSHED_H
#define LKL_BLK_NBD_UNFLUSHED_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blk/iov.h"
#include "connection.h"

/* More data than that are flushed before the next write. */
#define NBD_UNFLUSHED_MAX	(16u << 20)

struct nbd_unflushed_write {
	struct nbd_unflushed_write *next;
	uint64_t number;		/* in the order of the answers */
	uint64_t offset, len;		/* bytes */
	enum nbd_command_type type;	/* WRITE; ZERO, TRIM: no data */
	uint32_t flags;			/* LIBNBD_CMD_FLAG_... */
	char data[];
};

/* Zeroed and initialised with nbd_unflushed_init(). */
struct nbd_unflushed {
	pthread_mutex_t lock;		/* guards all fields */
	struct nbd_unflushed_write *first, **end;
	uint64_t last_number;
	uint64_t bytes;
};

void nbd_unflushed_init(struct nbd_unflushed *u);
void nbd_unflushed_destroy(struct nbd_unflushed *u);

/*
 * nbd_unflushed_add - note an answered write, zeroing or trim
 * @data: a cursor at the data of a write, which are copied
 *
 * Returns -ENOMEM if there is no memory: flush then.
 */
int nbd_unflushed_add(struct nbd_unflushed *u, enum nbd_command_type type,
		      uint32_t flags, const struct iov_cursor *data,
		      uint64_t offset, uint64_t len);

/* Whether there is so much that it should be flushed. */
bool nbd_unflushed_is_full(struct nbd_unflushed *u);

/* The number of the last write; taken before a flush is sent. */
uint64_t nbd_unflushed_mark(struct nbd_unflushed *u);

/* Forget the writes up to @mark, since a flush that came after was answered. */
void nbd_unflushed_forget(struct nbd_unflushed *u, uint64_t mark);

#endif /* LKL_BLK_NBD_UNFLUSHED_H */
