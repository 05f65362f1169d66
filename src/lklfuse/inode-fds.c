// SPDX-License-Identifier: GPL-2.0-only
/*
 * inode-fds.c - the descriptors that nodes have.
 *
 * Those of nodes that are not pinned are in a list, the one that was used last
 * in front; the last ones are closed when there are too many.
 */
#include "nodes-fds.h"

#include <errno.h>
#include <stdio.h>

#include <lkl.h>

#include "filesystem.h"
#include "inodes.h"

/* Descriptors kept for nodes that are not in use. */
#define CACHED_FDS	1024

static void lru_remove(struct nodes *nodes, struct node *node)
{
	node_at(nodes, node->lru_prev)->lru_next = node->lru_next;
	node_at(nodes, node->lru_next)->lru_prev = node->lru_prev;
	nodes->n_cached--;
}

static void lru_add(struct nodes *nodes, struct node *node)
{
	struct node *head = node_at(nodes, 0);

	node->lru_prev = 0;
	node->lru_next = head->lru_next;
	node_at(nodes, head->lru_next)->lru_prev = node->index;
	head->lru_next = node->index;
	nodes->n_cached++;
}

/* Take the oldest one's that nobody uses; -1: there is none to spare. */
static int lru_evict(struct nodes *nodes)
{
	struct node *node;
	uint32_t i;
	int fd;

	if (nodes->n_cached <= CACHED_FDS)
		return -1;
	for (i = node_at(nodes, 0)->lru_prev; i; i = node->lru_prev) {
		node = node_at(nodes, i);
		if (node->users)
			continue;
		lru_remove(nodes, node);
		fd = node->fd;
		node->fd = -1;
		return fd;
	}
	return -1;
}

void nodes_close_fd(int fd)
{
	if (fd >= 0)
		lkl_sys_close((unsigned int)fd);
}

int nodes_take_fd(struct nodes *nodes, struct node *node)
{
	int fd = node->fd;

	if (fd >= 0 && !node->pinned)
		lru_remove(nodes, node);
	node->fd = -1;
	return fd;
}

int nodes_pin(struct nodes *nodes, struct node *node, int fd)
{
	if (node->pinned)
		return fd;
	node->pinned = true;
	if (node->fd >= 0) {
		lru_remove(nodes, node);
		return fd;
	}
	node->fd = fd;
	return -1;
}

/* What it has, or -1; the lock is held. */
static int have_fd(struct nodes *nodes, struct node *node)
{
	if (node->fd >= 0 && !node->pinned &&
	    node_at(nodes, 0)->lru_next != node->index) {
		lru_remove(nodes, node);
		lru_add(nodes, node);
	}
	return node->fd;
}

/* For a node that had none. */
static int open_fd(struct nodes *nodes, struct node *node)
{
	int evicted, fd;

	fd = key_open(nodes->root_fd, &node->key, LKL_O_PATH | LKL_O_CLOEXEC);
	if (fd < 0)
		return fd;
	pthread_mutex_lock(&nodes->lock);
	if (node->fd >= 0) {		/* somebody was faster */
		evicted = fd;
		fd = node->fd;
	} else {
		node->fd = fd;
		lru_add(nodes, node);
		evicted = lru_evict(nodes);
	}
	pthread_mutex_unlock(&nodes->lock);
	nodes_close_fd(evicted);
	return fd;
}

int node_fd(struct nodes *nodes, struct node *node)
{
	int fd;

	pthread_mutex_lock(&nodes->lock);
	fd = have_fd(nodes, node);
	pthread_mutex_unlock(&nodes->lock);
	return fd >= 0 ? fd : open_fd(nodes, node);
}

int node_get_fd(struct nodes *nodes, uint64_t id, struct node **ret_node)
{
	struct node *node;
	int fd = -1;

	pthread_mutex_lock(&nodes->lock);
	node = nodes_table_get(nodes, id);
	if (node) {
		node->users++;
		fd = have_fd(nodes, node);
	}
	pthread_mutex_unlock(&nodes->lock);
	if (!node)
		return -ESTALE;
	if (fd < 0)
		fd = open_fd(nodes, node);
	if (fd < 0)
		node_put(nodes, node);
	else
		*ret_node = node;
	return fd;
}

bool node_is_pinned(struct nodes *nodes, const struct node *node)
{
	bool pinned;

	pthread_mutex_lock(&nodes->lock);
	pinned = node->pinned;
	pthread_mutex_unlock(&nodes->lock);
	return pinned;
}

int node_open(struct nodes *nodes, struct node *node, int flags)
{
	char path[32];
	int fd = -1;

	pthread_mutex_lock(&nodes->lock);
	if (node->pinned)
		fd = node->fd;
	pthread_mutex_unlock(&nodes->lock);
	if (fd < 0)
		return key_open(nodes->root_fd, &node->key, flags);
	snprintf(path, sizeof(path), FILESYSTEM_PROC "/self/fd/%d", fd);
	return (int)lkl_sys_openat(LKL_AT_FDCWD, path, flags & ~LKL_O_NOFOLLOW,
				   0);
}
