/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fingerprint.h - some data of an export, to know it again.
 *
 * A server that was lost may offer another disk of the same size at the same
 * address.  So copies are kept of the first blocks that were read, and of the
 * last writes that were flushed.  A new connection must have the same data.
 *
 * Only data that the server must have are kept: a block is forgotten when a
 * write to it begins, and is not kept again before a flush covers that write.
 */
#ifndef LKL_BLK_NBD_FINGERPRINT_H
#define LKL_BLK_NBD_FINGERPRINT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blk/iov.h"
#include "connection.h"
#include "unflushed.h"

/* A copy has so many bytes, or one block of the server if that is larger. */
#define FINGERPRINT_BYTES	4096u
#define FINGERPRINT_READS	16u
#define FINGERPRINT_WRITES	32u
/* Of one flush. */
#define FINGERPRINT_FLUSHED	8u

struct nbd_fingerprint_copy {
	uint64_t offset;
	size_t len;
	char *data;			/* owned; NULL: the place is free */
};

/* A write, zeroing or trim that is not answered yet; its sender owns it. */
struct nbd_fingerprint_change {
	struct nbd_fingerprint_change *next;
	uint64_t offset, len;
};

/* Zeroed and initialised with nbd_fingerprint_init(). */
struct nbd_fingerprint {
	/* Guards all fields.  Taken before the lock of the unflushed writes. */
	pthread_mutex_t lock;
	/* Reads, then writes. */
	struct nbd_fingerprint_copy copies[FINGERPRINT_READS +
					   FINGERPRINT_WRITES];
	unsigned int next_write;
	struct nbd_fingerprint_change *changes;
	uint64_t begun_or_ended;	/* counts changes */
	/* Writes up to this number may not be what is on the disk. */
	uint64_t failed;
	bool trimmed;			/* trimmed ranges read as anything */
};

void nbd_fingerprint_init(struct nbd_fingerprint *f);
void nbd_fingerprint_destroy(struct nbd_fingerprint *f);

/* nbd_fingerprint_begin - a write, zeroing or trim is going to be sent */
void nbd_fingerprint_begin(struct nbd_fingerprint *f,
			   struct nbd_fingerprint_change *change,
			   enum nbd_command_type type, uint64_t offset,
			   uint64_t len);

/* nbd_fingerprint_end - it was answered, and is in @u if it was not flushed */
void nbd_fingerprint_end(struct nbd_fingerprint *f,
			 struct nbd_fingerprint_change *change,
			 struct nbd_unflushed *u, bool failed);

/* The number of changes, taken before a read is sent. */
uint64_t nbd_fingerprint_mark(struct nbd_fingerprint *f);

/*
 * nbd_fingerprint_add_read - keep the first bytes of a read that was answered
 * @mark: no change began or ended since then, else nothing is kept
 * @max: bytes to keep at most: whole blocks
 */
void nbd_fingerprint_add_read(struct nbd_fingerprint *f,
			      struct nbd_unflushed *u, uint64_t mark,
			      const struct iov_cursor *data, uint64_t offset,
			      size_t len, size_t max);

/* Keep some of the writes up to @mark, which a flush covers; before they go. */
void nbd_fingerprint_add_flushed(struct nbd_fingerprint *f,
				 struct nbd_unflushed *u, uint64_t mark,
				 size_t max);

/*
 * nbd_fingerprint_compare - compare with the data that @connection has
 *
 * No request may run.  Returns 0, -ESTALE if they differ or cannot be read,
 * or -errno if the connection is lost.
 */
int nbd_fingerprint_compare(struct nbd_fingerprint *f,
			    struct nbd_connection *connection,
			    struct lkl_error *err);

#endif /* LKL_BLK_NBD_FINGERPRINT_H */
