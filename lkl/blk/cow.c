// SPDX-License-Identifier: GPL-2.0-only
/*
 * cow.c - filter: writes go to memory and are gone when it is closed.
 *
 * Lets the kernel replay the journal of an image that must not or cannot be
 * changed.  Costs nothing until something is written, and then one look-up
 * for each cluster read.  Writes beyond COW_MEMORY_MAX fail: this is no
 * place for a working file system.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "blk.h"
#include "error.h"

#define COW_CLUSTER	4096u
#define COW_MEMORY_MAX	(1ull << 30)
#define COW_TABLE_FIRST	256u

struct cow_cluster {
	struct cow_cluster *next;	/* in its bucket */
	uint64_t index;			/* offset / COW_CLUSTER */
	unsigned char data[COW_CLUSTER];
};

struct cow {
	struct blk blk;
	struct blk *lower;		/* owned, only read */
	pthread_rwlock_t lock;		/* protects all of the following */
	struct cow_cluster **table;
	size_t size;			/* buckets, a power of two */
	/* Also read without the lock, to see that there is nothing. */
	size_t n;
};

/* How much of [@offset, ...) lies in one cluster. */
static size_t cow_piece(uint64_t offset, size_t len)
{
	size_t piece = COW_CLUSTER - offset % COW_CLUSTER;

	return piece < len ? piece : len;
}

static struct cow_cluster **cow_bucket(struct cow_cluster **table, size_t size,
				       uint64_t index)
{
	return &table[(index * 0x9e3779b97f4a7c15ull >> 32) & (size - 1)];
}

static struct cow_cluster *cow_find(const struct cow *cow, uint64_t index)
{
	struct cow_cluster *c;

	if (!cow->n)
		return NULL;
	c = *cow_bucket(cow->table, cow->size, index);
	while (c && c->index != index)
		c = c->next;
	return c;
}

static int cow_grow(struct cow *cow)
{
	size_t size = cow->size ? 2 * cow->size : COW_TABLE_FIRST, i;
	struct cow_cluster **table = calloc(size, sizeof(*table));
	struct cow_cluster **bucket, *c;

	if (!table)
		return -ENOMEM;
	for (i = 0; i < cow->size; i++) {
		while ((c = cow->table[i])) {
			cow->table[i] = c->next;
			bucket = cow_bucket(table, size, c->index);
			c->next = *bucket;
			*bucket = c;
		}
	}
	free(cow->table);
	cow->table = table;
	cow->size = size;
	return 0;
}

/* A new cluster with what is below it, unless all will be written anyway. */
static int cow_add(struct cow *cow, uint64_t index, bool whole,
		   struct cow_cluster **ret_cluster)
{
	uint64_t offset = index * COW_CLUSTER;
	struct cow_cluster **bucket, *c;
	size_t len = COW_CLUSTER;
	int ret;

	if (cow->n >= COW_MEMORY_MAX / COW_CLUSTER)
		return -ENOSPC;
	if (cow->n >= cow->size) {
		ret = cow_grow(cow);
		if (ret)
			return ret;
	}
	c = malloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	if (len > cow->blk.size - offset)
		len = cow->blk.size - offset;
	ret = whole ? 0 : blk_pread(cow->lower, c->data, len, offset);
	if (ret) {
		free(c);
		return ret;
	}

	c->index = index;
	bucket = cow_bucket(cow->table, cow->size, index);
	c->next = *bucket;
	*bucket = c;
	__atomic_store_n(&cow->n, cow->n + 1, __ATOMIC_RELEASE);
	*ret_cluster = c;
	return 0;
}

/* What was read from below is replaced where there is something newer. */
static void cow_patch(struct cow *cow, const struct iovec *iov, int n,
		      uint64_t offset)
{
	struct cow_cluster *c;
	size_t left, len;
	char *to;

	if (!__atomic_load_n(&cow->n, __ATOMIC_ACQUIRE))
		return;
	pthread_rwlock_rdlock(&cow->lock);
	for (; n > 0; n--, iov++) {
		to = iov->iov_base;
		for (left = iov->iov_len; left; left -= len) {
			len = cow_piece(offset, left);
			c = cow_find(cow, offset / COW_CLUSTER);
			if (c)
				memcpy(to, c->data + offset % COW_CLUSTER, len);
			to += len;
			offset += len;
		}
	}
	pthread_rwlock_unlock(&cow->lock);
}

static int cow_preadv(struct blk *blk, const struct iovec *iov, int n,
		      uint64_t offset)
{
	struct cow *cow = (struct cow *)blk;
	int ret = blk_preadv(cow->lower, iov, n, offset);

	if (!ret)
		cow_patch(cow, iov, n, offset);
	return ret;
}

static int cow_preadv_nowait(struct blk *blk, const struct iovec *iov, int n,
			     uint64_t offset)
{
	struct cow *cow = (struct cow *)blk;
	int ret = blk_preadv_nowait(cow->lower, iov, n, offset);

	if (!ret)
		cow_patch(cow, iov, n, offset);
	return ret;
}

static int cow_write(struct cow *cow, const char *from, size_t left,
		     uint64_t offset)
{
	struct cow_cluster *c;
	size_t len;
	int ret;

	for (; left; left -= len) {
		len = cow_piece(offset, left);
		c = cow_find(cow, offset / COW_CLUSTER);
		if (!c) {
			ret = cow_add(cow, offset / COW_CLUSTER,
				      len == COW_CLUSTER, &c);
			if (ret)
				return ret;
		}
		memcpy(c->data + offset % COW_CLUSTER, from, len);
		from += len;
		offset += len;
	}
	return 0;
}

static int cow_pwritev(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset)
{
	struct cow *cow = (struct cow *)blk;
	int ret = 0;

	pthread_rwlock_wrlock(&cow->lock);
	for (; n > 0 && !ret; n--, iov++) {
		ret = cow_write(cow, iov->iov_base, iov->iov_len, offset);
		offset += iov->iov_len;
	}
	pthread_rwlock_unlock(&cow->lock);
	return ret;
}

/* Nothing is to survive. */
static int cow_flush(struct blk *blk)
{
	(void)blk;
	return 0;
}

static bool cow_explain(struct blk *blk, struct lkl_error *ret_reason)
{
	return blk_explain(((struct cow *)blk)->lower, ret_reason);
}

static void cow_close(struct blk *blk)
{
	struct cow *cow = (struct cow *)blk;
	struct cow_cluster *c;
	size_t i;

	for (i = 0; i < cow->size; i++) {
		while ((c = cow->table[i])) {
			cow->table[i] = c->next;
			free(c);
		}
	}
	free(cow->table);
	pthread_rwlock_destroy(&cow->lock);
	blk_close(cow->lower);
	free(cow);
}

static const struct blk_ops cow_ops = {
	.name = "cow",
	.preadv = cow_preadv,
	.pwritev = cow_pwritev,
	.flush = cow_flush,
	.preadv_nowait = cow_preadv_nowait,
	.explain = cow_explain,
	.close = cow_close,
};

int cow_open(struct blk *lower, struct blk **ret_blk, struct lkl_error *err)
{
	struct cow *cow = calloc(1, sizeof(*cow));

	if (!cow)
		return lkl_fail(err, -ENOMEM, "out of memory");
	cow->blk = *lower;
	cow->blk.ops = &cow_ops;
	cow->blk.caps = BLK_CAP_WRITE;
	cow->lower = lower;
	pthread_rwlock_init(&cow->lock, NULL);
	*ret_blk = &cow->blk;
	return 0;
}
