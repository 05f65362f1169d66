// SPDX-License-Identifier: GPL-2.0-only
/*
 * inodes.c - the files that the host knows, by number.
 *
 * Between looking an entry up by name, and asking for its handle by the same
 * name or for the node with its number, the entry cannot change: the host
 * holds the directory's lock while it waits for either the lookup or whatever
 * else would change it.
 */
#include "inodes.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl/linux/btrfs_tree.h>
#include <lkl/linux/magic.h>

#include "filesystem.h"
#include "nodes-fds.h"
#include "nodes-key.h"
#include "inode-table.h"

/* If nothing refers to it any more; returns a descriptor to be closed. */
static int release(struct nodes *nodes, struct node *node)
{
	int fd;

	if (node->lookups || node->users)
		return -1;
	fd = nodes_take_fd(nodes, node);
	nodes_table_remove(nodes, node);
	return fd;
}

struct node *node_get(struct nodes *nodes, uint64_t id)
{
	struct node *node;

	pthread_mutex_lock(&nodes->lock);
	node = nodes_table_get(nodes, id);
	if (node)
		node->users++;
	pthread_mutex_unlock(&nodes->lock);
	return node;
}

void node_put(struct nodes *nodes, struct node *node)
{
	int fd;

	pthread_mutex_lock(&nodes->lock);
	node->users--;
	fd = release(nodes, node);
	pthread_mutex_unlock(&nodes->lock);
	nodes_close_fd(fd);
}

static bool find_and_count(struct nodes *nodes, const struct key *key,
			   bool by_number, uint64_t *ret_id)
{
	struct node *node;

	pthread_mutex_lock(&nodes->lock);
	node = by_number ? nodes_table_find_number(nodes, key) :
		nodes_table_find(nodes, key);
	if (node) {
		node->lookups++;
		*ret_id = node_id(node);
	}
	pthread_mutex_unlock(&nodes->lock);
	return node;
}

/*
 * In a snapshot, btrfs shows empty directories where there are other subvolumes
 * in what it was made of.  All have the same number, and none a handle: so
 * whenever one is looked up it is another node, which is pinned.
 */
static bool is_placeholder(const struct nodes *nodes, const struct key *key)
{
	return nodes->has_placeholders &&
		key->ino == LKL_BTRFS_EMPTY_SUBVOL_DIR_OBJECTID;
}

/* Takes @fd if it is not -1. */
static int find_or_add(struct nodes *nodes, const struct key *key, int fd,
		       uint64_t *ret_id)
{
	struct node *node = NULL;

	pthread_mutex_lock(&nodes->lock);
	if (!is_placeholder(nodes, key))
		node = nodes_table_find(nodes, key);
	if (!node) {
		node = nodes_table_add(nodes, key, fd);
		if (node)
			fd = -1;
	} else if (fd >= 0) {
		/* A file without a name, known by its handle. */
		fd = nodes_pin(nodes, node, fd);
	}
	if (node) {
		node->lookups++;
		*ret_id = node_id(node);
	}
	pthread_mutex_unlock(&nodes->lock);
	nodes_close_fd(fd);
	return node ? 0 : -ENOMEM;
}

static int path_fd(int dirfd, const char *name)
{
	char path[32];

	if (*name)
		return (int)lkl_sys_openat(dirfd, name, LKL_O_PATH |
					   LKL_O_NOFOLLOW | LKL_O_CLOEXEC, 0);
	snprintf(path, sizeof(path), FILESYSTEM_PROC "/self/fd/%d", dirfd);
	return (int)lkl_sys_openat(LKL_AT_FDCWD, path,
				   LKL_O_PATH | LKL_O_CLOEXEC, 0);
}

/* No handle: as long as it is open, it has its inode number for itself. */
static int lookup_pinned(struct nodes *nodes, int dirfd, const char *name,
			 struct lkl_statx *st, struct key *key,
			 uint64_t *ret_id)
{
	int fd, ret;

	if (!is_placeholder(nodes, key) &&
	    find_and_count(nodes, key, false, ret_id))
		return 0;
	fd = path_fd(dirfd, name);
	if (fd < 0)
		return fd;
	ret = key_attributes(fd, "", st);
	if (ret < 0) {
		nodes_close_fd(fd);
		return ret;
	}
	key_set_numbers(key, st);
	return find_or_add(nodes, key, fd, ret_id);
}

/* Of a file that has a name, or there might be no handle to it later. */
static bool find_by_number(struct nodes *nodes, const struct key *key,
			   const struct lkl_statx *st, uint64_t *ret_id)
{
	return st->stx_nlink && atomic_load(&nodes->lasting_numbers) &&
		!is_placeholder(nodes, key) &&
		find_and_count(nodes, key, true, ret_id);
}

int node_lookup(struct nodes *nodes, int dirfd, const char *name,
		struct lkl_statx *ret_st, uint64_t *ret_id)
{
	struct key key;
	int ret, fd = -1;

	ret = key_attributes(dirfd, name, ret_st);
	if (ret < 0)
		return ret;
	key_set_numbers(&key, ret_st);
	if (find_by_number(nodes, &key, ret_st, ret_id))
		return 0;
	if (!nodes->pin && !is_placeholder(nodes, &key)) {
		ret = key_get_handle(dirfd, name, &key);
		if (ret < 0)
			return ret;
	}
	if (nodes->pin || key.handle_type < 0)
		return lookup_pinned(nodes, dirfd, name, ret_st, &key,
				     ret_id);
	/* Once it is closed, there is no way to it but for its node. */
	if (!ret_st->stx_nlink && !*name) {
		fd = path_fd(dirfd, name);
		if (fd < 0)
			return fd;
	}
	return find_or_add(nodes, &key, fd, ret_id);
}

void node_forget(struct nodes *nodes, uint64_t id, uint64_t n)
{
	struct node *node;
	int fd = -1;

	if (id == NODE_ROOT_ID)
		return;
	pthread_mutex_lock(&nodes->lock);
	node = nodes_table_get(nodes, id);
	if (node) {
		node->lookups -= n < node->lookups ? n : node->lookups;
		fd = release(nodes, node);
	}
	pthread_mutex_unlock(&nodes->lock);
	nodes_close_fd(fd);
}

int node_hold(struct nodes *nodes, int dirfd, const char *name)
{
	/* All are, or will be. */
	return nodes->pin ? NODE_NOTHING_HELD : path_fd(dirfd, name);
}

/* Whether the file has to be kept open by its node; if so, the key of that. */
static bool is_gone(struct nodes *nodes, int fd, bool by_number,
		    struct key *ret_key)
{
	struct lkl_statx st;
	int ret;

	ret = key_attributes(fd, "", &st);
	if (!ret && st.stx_nlink && (st.stx_mode & LKL_S_IFMT) != LKL_S_IFDIR)
		return false;
	if (!ret)
		key_set_numbers(ret_key, &st);
	if (!ret && !by_number)
		ret = key_get_handle(fd, "", ret_key);
	if (ret < 0)
		nodes_reuse_numbers(nodes);
	return !ret;
}

void node_removed(struct nodes *nodes, int held, bool removed)
{
	bool by_number = atomic_load(&nodes->lasting_numbers);
	struct node *node;
	struct key key;

	if (held < 0) {
		/* It could not be opened: its node will be stale. */
		if (removed && held != NODE_NOTHING_HELD)
			nodes_reuse_numbers(nodes);
		return;
	}
	if (removed && is_gone(nodes, held, by_number, &key)) {
		pthread_mutex_lock(&nodes->lock);
		node = by_number ? nodes_table_find_number(nodes, &key) :
			nodes_table_find(nodes, &key);
		if (node)
			held = nodes_pin(nodes, node, held);
		pthread_mutex_unlock(&nodes->lock);
	}
	nodes_close_fd(held);
}

void nodes_reuse_numbers(struct nodes *nodes)
{
	atomic_store(&nodes->lasting_numbers, false);
}

/* Other subvolumes have the same inode numbers. */
static uint64_t inode_of(const struct nodes *nodes, uint32_t dev_major,
			 uint32_t dev_minor, uint64_t ino)
{
	if (dev_minor != nodes->root_dev_minor ||
	    dev_major != nodes->root_dev_major)
		ino ^= (uint64_t)(dev_minor + 1) << 40;
	return ino;
}

uint64_t node_inode(const struct nodes *nodes, const struct lkl_statx *st)
{
	return inode_of(nodes, st->stx_dev_major, st->stx_dev_minor,
			st->stx_ino);
}

uint64_t nodes_find_inode(struct nodes *nodes, uint64_t inode)
{
	const struct key *key;
	uint64_t id = 0;
	uint32_t i;

	pthread_mutex_lock(&nodes->lock);
	for (i = 1; i < nodes->n_used && !id; i++) {
		key = &node_at(nodes, i)->key;
		if (node_at(nodes, i)->used &&
		    inode_of(nodes, key->dev_major, key->dev_minor,
			     key->ino) == inode)
			id = node_id(node_at(nodes, i));
	}
	pthread_mutex_unlock(&nodes->lock);
	return id;
}

int nodes_new(int root_fd, enum nodes_kind kind, struct nodes **ret_nodes)
{
	struct nodes *nodes = calloc(1, sizeof(*nodes));
	struct lkl_statfs fs = { 0 };
	struct lkl_statx st;
	struct node *root;
	struct key key;
	int ret;

	if (!nodes)
		return -ENOMEM;
	pthread_mutex_init(&nodes->lock, NULL);
	nodes->root_fd = root_fd;
	nodes->pin = kind == NODES_PINNED;
	nodes->lasting_numbers = kind == NODES_NUMBERS;
	ret = nodes_table_init(nodes);
	if (!ret)
		ret = key_attributes(root_fd, "", &st);
	if (!ret)
		ret = (int)lkl_sys_fstatfs((unsigned int)root_fd, &fs);
	nodes->has_placeholders = fs.f_type == LKL_BTRFS_SUPER_MAGIC;
	if (!ret) {
		key_set_numbers(&key, &st);
		if (!nodes->pin)
			ret = key_get_handle(root_fd, "", &key);
	}
	if (ret < 0) {
		nodes->root_fd = -1;
		nodes_free(nodes);
		return ret;
	}
	nodes->root_dev_major = st.stx_dev_major;
	nodes->root_dev_minor = st.stx_dev_minor;
	root = nodes_table_add(nodes, &key, root_fd);
	root->lookups = 1;
	*ret_nodes = nodes;
	return 0;
}

void nodes_free(struct nodes *nodes)
{
	uint32_t i;

	for (i = 1; i < nodes->n_used; i++) {
		struct node *node = node_at(nodes, i);

		if (node->used && node->fd != nodes->root_fd)
			nodes_close_fd(node->fd);
	}
	nodes_table_free(nodes);
	pthread_mutex_destroy(&nodes->lock);
	free(nodes);
}
