// SPDX-License-Identifier: GPL-2.0-only
/*
 * inode-fds.c - the O_PATH descriptors of inodes.
 *
 * The descriptors of inodes that are not pinned form an LRU list, most
 * recently used first.  If the list gets too long, the descriptor at its end is
 * closed.
 */
#include "inode-table.h"

#include <errno.h>

#include <lkl.h>

#include "filesystem.h"
#include "inodes.h"

/* How many descriptors the LRU list keeps. */
#define CACHED_FDS	1024

static void fd_lru_remove(struct inode_table *table, struct inode *inode)
{
	inode_at(table, inode->lru_prev)->lru_next = inode->lru_next;
	inode_at(table, inode->lru_next)->lru_prev = inode->lru_prev;
	table->n_cached--;
}

static void fd_lru_add(struct inode_table *table, struct inode *inode)
{
	struct inode *head = inode_at(table, 0);

	inode->lru_prev = 0;
	inode->lru_next = head->lru_next;
	inode_at(table, head->lru_next)->lru_prev = inode->index;
	head->lru_next = inode->index;
	table->n_cached++;
}

/*
 * Take the oldest descriptor that no request uses; -1: none, or not more than
 * @keep are left.
 */
static int fd_lru_evict(struct inode_table *table, uint32_t keep)
{
	struct inode *inode;
	uint32_t i;
	int fd;

	if (table->n_cached <= keep)
		return -1;
	for (i = inode_at(table, 0)->lru_prev; i; i = inode->lru_prev) {
		inode = inode_at(table, i);
		if (inode->users)
			continue;
		fd_lru_remove(table, inode);
		fd = inode->fd;
		inode->fd = -1;
		return fd;
	}
	return -1;
}

void inode_close_fd(int fd)
{
	if (fd >= 0)
		lkl_sys_close((unsigned int)fd);
}

void inode_close_idle_fds(struct inode_table *table)
{
	int fd;

	do {
		pthread_mutex_lock(&table->lock);
		fd = fd_lru_evict(table, 0);
		pthread_mutex_unlock(&table->lock);
		inode_close_fd(fd);
	} while (fd >= 0);
}

int inode_take_fd(struct inode_table *table, struct inode *inode)
{
	int fd = inode->fd;

	if (fd >= 0 && !inode->pinned)
		fd_lru_remove(table, inode);
	inode->fd = -1;
	return fd;
}

int inode_pin(struct inode_table *table, struct inode *inode, int fd)
{
	if (inode->pinned)
		return fd;
	inode->pinned = true;
	if (inode->fd >= 0) {
		fd_lru_remove(table, inode);
		return fd;
	}
	inode->fd = fd;
	return -1;
}

/* The inode's descriptor, or -1.  The caller holds the lock. */
static int inode_cached_fd(struct inode_table *table, struct inode *inode)
{
	if (inode->fd >= 0 && !inode->pinned &&
	    inode_at(table, 0)->lru_next != inode->index) {
		fd_lru_remove(table, inode);
		fd_lru_add(table, inode);
	}
	return inode->fd;
}

/* Open a descriptor for an inode that had none. */
static int inode_reopen_fd(struct inode_table *table, struct inode *inode)
{
	int evicted, fd;

	fd = inode_key_open(inode_branch_of(table, &inode->key)->root_fd,
			    &inode->key,
			    LKL_O_PATH | LKL_O_CLOEXEC);
	if (fd < 0)
		return fd;
	pthread_mutex_lock(&table->lock);
	if (inode->fd >= 0) {		/* another thread was faster */
		evicted = fd;
		fd = inode->fd;
	} else {
		inode->fd = fd;
		fd_lru_add(table, inode);
		evicted = fd_lru_evict(table, CACHED_FDS);
	}
	pthread_mutex_unlock(&table->lock);
	inode_close_fd(evicted);
	return fd;
}

int inode_fd(struct inode_table *table, struct inode *inode)
{
	int fd;

	pthread_mutex_lock(&table->lock);
	fd = inode_cached_fd(table, inode);
	pthread_mutex_unlock(&table->lock);
	return fd >= 0 ? fd : inode_reopen_fd(table, inode);
}

int inode_get_fd(struct inode_table *table, uint64_t id,
		 struct inode **ret_inode)
{
	struct inode *inode;
	int fd = -1;

	pthread_mutex_lock(&table->lock);
	inode = inode_table_get(table, id);
	if (inode) {
		inode->users++;
		fd = inode_cached_fd(table, inode);
	}
	pthread_mutex_unlock(&table->lock);
	if (!inode)
		return -ESTALE;
	if (fd < 0)
		fd = inode_reopen_fd(table, inode);
	if (fd < 0)
		inode_put(table, inode);
	else
		*ret_inode = inode;
	return fd;
}

bool inode_is_pinned(struct inode_table *table, const struct inode *inode)
{
	bool pinned;

	pthread_mutex_lock(&table->lock);
	pinned = inode->pinned;
	pthread_mutex_unlock(&table->lock);
	return pinned;
}

int inode_open(struct inode_table *table, struct inode *inode, int flags)
{
	int fd = -1;

	pthread_mutex_lock(&table->lock);
	if (inode->pinned)
		fd = inode->fd;
	pthread_mutex_unlock(&table->lock);
	if (fd < 0)
		return inode_key_open(inode_branch_of(table,
						      &inode->key)->root_fd,
				      &inode->key, flags);
	return filesystem_reopen(fd, flags & ~LKL_O_NOFOLLOW);
}
