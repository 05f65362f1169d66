/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recover.h - connect again to a server that was lost, while requests wait.
 *
 * A request runs between nbd_enter() and nbd_leave().  If it fails because a
 * connection was lost, its thread calls nbd_recover() and repeats it.  The
 * first thread that comes waits until no request runs, makes all connections
 * again, compares some data, and writes again the data that no flush covers.  Reads, writes,
 * zeroes, trims and flushes have the same effect if they are done twice.
 */
#ifndef LKL_BLK_NBD_RECOVER_H
#define LKL_BLK_NBD_RECOVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "lkl.h"

struct nbd;
struct nbd_connector;

/* The properties of an export that must not change. */
struct nbd_properties {
	int64_t size, min_block, max_block;
	bool read_only, can_flush, can_trim, can_zero, can_multi_conn;
};

struct nbd_recovery {
	/* Connects again.  NULL: lost connections stay lost.  Owned. */
	struct nbd_connector *connector;
	char *export_name;		/* owned, from libnbd: free() */
	struct nbd_properties properties;
	pthread_mutex_t lock;		/* guards the following fields */
	pthread_cond_t changed;		/* @users is 0, or not @running */
	unsigned int users;		/* requests that use the connections */
	unsigned int generation;	/* counts recoveries */
	bool running;			/* a thread connects again */
	bool lost;			/* for good */
	int error;			/* that of the first request */
	struct lkl_error reason;	/* if @lost */
};

void nbd_recovery_init(struct nbd_recovery *r);
void nbd_recovery_destroy(struct nbd_recovery *r);

/*
 * nbd_prepare_recovery - start the connector and note what the server offers
 *
 * If no connector can be started or the connection has TLS, lost connections
 * stay lost.
 */
void nbd_prepare_recovery(struct nbd *nbd, const char *uri);

/*
 * nbd_enter - begin a request
 * @ret_generation: for nbd_recover()
 *
 * Waits while a thread connects again.  Returns -ECONNRESET if the server is
 * lost for good; else the caller calls nbd_leave().
 */
int nbd_enter(struct nbd *nbd, unsigned int *ret_generation);
void nbd_leave(struct nbd *nbd);

/*
 * nbd_recover - connect again after a request failed with @error
 * @generation: that of the request, which has ended with nbd_leave()
 *
 * Returns 0 if the request may be repeated, else its error: how the server was
 * lost, even if this request only saw its connection shut down.
 */
int nbd_recover(struct nbd *nbd, unsigned int generation, int error);

/* Why the server is lost for good; false if it is not. */
bool nbd_explain_loss(struct nbd *nbd, struct lkl_error *ret_reason);

#endif /* LKL_BLK_NBD_RECOVER_H */
