/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * block-store.h - temporary storage for the blocks that were written.
 *
 * A store is as large as the disk, starts empty, and is gone when it is
 * destroyed.  A block is either stored as a whole or not at all.
 */
#ifndef LKL_BLK_OVERLAY_BLOCK_STORE_H
#define LKL_BLK_OVERLAY_BLOCK_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lkl.h"

struct block_store;

struct overlay_files;

/*
 * block_store_create - the caller ends it with block_store_destroy()
 * @files: as for overlay_open()
 */
int block_store_create(uint64_t size, struct overlay_files *files,
		       struct block_store **ret_store, struct lkl_error *err);
void block_store_destroy(struct block_store *store);

/* The size of a block in bytes; constant. */
unsigned int block_store_block(const struct block_store *store);

/* Whether no block is stored.  Thread-safe, as is the next function. */
bool block_store_is_empty(const struct block_store *store);

/*
 * block_store_run - find a run of bytes that are all stored or all not
 * @ret_there: whether they are stored
 *
 * Returns the length of the run, from 1 to @len, which is not 0.
 */
uint64_t block_store_run(const struct block_store *store, uint64_t offset,
			 uint64_t len, bool *ret_there);

/* ---- The caller makes sure that no other thread writes ---- */

/* Read stored blocks.  @nowait: -EAGAIN if that would wait. */
int block_store_read(struct block_store *store, const struct iovec *iov, int n,
		     uint64_t offset, bool nowait);

/* ---- The caller makes sure that no other thread reads or writes ---- */

/*
 * block_store_write, block_store_zero - write to blocks, which are stored then
 *
 * The caller also writes the rest of a block that this covers only in part.
 * -ENOSPC if there is no more space.  @nowait: -EAGAIN if this would wait.
 */
int block_store_write(struct block_store *store, const struct iovec *iov, int n,
		      uint64_t offset, bool nowait);
int block_store_zero(struct block_store *store, uint64_t offset, uint64_t len);

#endif /* LKL_BLK_STORE_H */
