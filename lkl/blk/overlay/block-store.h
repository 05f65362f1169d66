/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * block-store.h - a disk that begins empty and is gone when it is closed: blocks
 * that were written, by their place.
 */
#ifndef LKL_BLK_STORE_H
#define LKL_BLK_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lkl.h"

struct store;

/* store_create - for @size bytes */
int store_create(uint64_t size, struct store **ret_store,
		 struct lkl_error *err);
void store_destroy(struct store *store);

/* Bytes of a block: what is there is there block by block. */
unsigned int store_block(const struct store *store);

/* Whether it is empty.  Thread-safe, as the next one. */
bool store_is_empty(const struct store *store);

/*
 * store_run - how many bytes from @offset on are either all there or all not
 *
 * At least 1, at most @len, which is not 0.
 */
uint64_t store_run(const struct store *store, uint64_t offset, uint64_t len,
		   bool *ret_there);

/* ---- Not while another thread changes it ---- */

/* Of what is there.  @nowait: -EAGAIN if it is not at hand. */
int store_read(struct store *store, const struct iovec *iov, int n,
	       uint64_t offset, bool nowait);

/* ---- While no other thread is in it ---- */

/*
 * store_write, store_zero - the blocks that this touches are there afterwards
 *
 * What these blocks hold besides, the caller has written or will write.
 * -ENOSPC if the host has no more space.  @nowait: -EAGAIN if it would wait.
 */
int store_write(struct store *store, const struct iovec *iov, int n,
		uint64_t offset, bool nowait);
int store_zero(struct store *store, uint64_t offset, uint64_t len);

#endif /* LKL_BLK_STORE_H */
