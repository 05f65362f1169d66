// SPDX-License-Identifier: GPL-2.0-only
/*
 * nodes.c - the files that the host knows, by number.
 *
 * Between looking an entry up by name and asking for its handle by the same
 * name, the entry cannot change: the host holds the directory's lock while
 * it waits for either the lookup or whatever else would change it.
 */
#include "nodes.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filesystem.h"
#include "nodes-table.h"

/* Descriptors kept for nodes that are not in use. */
#define CACHED_FDS	1024

/* ---- Handles ---- */

struct handle {
	struct lkl_file_handle h;
	unsigned char bytes[LKL_MAX_HANDLE_SZ];
};

static void no_handle(struct key *key)
{
	key->handle_type = -1;
	key->handle_bytes = 0;
	memset(key->handle, 0, sizeof(key->handle));
}

static int get_handle(int dirfd, const char *name, struct key *key)
{
	struct handle handle = { .h.handle_bytes = LKL_MAX_HANDLE_SZ };
	int mount;
	long ret;

	no_handle(key);
	ret = lkl_sys_name_to_handle_at(dirfd, name, &handle.h, &mount,
					*name ? 0 : LKL_AT_EMPTY_PATH);
	/* It has none, or none that fits. */
	if (ret == -EOPNOTSUPP || ret == -EOVERFLOW)
		return 0;
	if (ret < 0)
		return (int)ret;
	if (handle.h.handle_bytes > HANDLE_MAX)
		return 0;
	key->handle_type = handle.h.handle_type;
	key->handle_bytes = handle.h.handle_bytes;
	memcpy(key->handle, handle.h.f_handle, handle.h.handle_bytes);
	return 0;
}

static int open_handle(const struct nodes *nodes, const struct node *node,
		       int flags)
{
	struct handle handle = {
		.h.handle_bytes = node->key.handle_bytes,
		.h.handle_type = node->key.handle_type,
	};

	memcpy(handle.h.f_handle, node->key.handle, node->key.handle_bytes);
	return (int)lkl_sys_open_by_handle_at(nodes->root_fd, &handle.h,
					      flags);
}

/* ---- Descriptors ---- */

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

static void close_fd(int fd)
{
	if (fd >= 0)
		lkl_sys_close((unsigned int)fd);
}

int node_fd(struct nodes *nodes, struct node *node)
{
	int fd, evicted = -1;

	pthread_mutex_lock(&nodes->lock);
	fd = node->fd;
	if (fd >= 0 && !node->pinned && node_at(nodes, 0)->lru_next != node->index) {
		lru_remove(nodes, node);
		lru_add(nodes, node);
	}
	pthread_mutex_unlock(&nodes->lock);
	if (fd >= 0)
		return fd;

	fd = open_handle(nodes, node, LKL_O_PATH | LKL_O_CLOEXEC);
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
	close_fd(evicted);
	return fd;
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
		return open_handle(nodes, node, flags);
	snprintf(path, sizeof(path), FILESYSTEM_PROC "/self/fd/%d", fd);
	return (int)lkl_sys_openat(LKL_AT_FDCWD, path, flags & ~LKL_O_NOFOLLOW,
				   0);
}

/* ---- Nodes ---- */

/* If nothing refers to it any more; returns a descriptor to be closed. */
static int release(struct nodes *nodes, struct node *node)
{
	int fd = node->fd;

	if (node->lookups || node->users)
		return -1;
	if (fd >= 0 && !node->pinned)
		lru_remove(nodes, node);
	node->fd = -1;
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
	close_fd(fd);
}

static bool find_and_count(struct nodes *nodes, const struct key *key,
			   uint64_t *ret_id)
{
	struct node *node;

	pthread_mutex_lock(&nodes->lock);
	node = nodes_table_find(nodes, key);
	if (node) {
		node->lookups++;
		*ret_id = node_id(node);
	}
	pthread_mutex_unlock(&nodes->lock);
	return node;
}

/* Takes @fd if it is not -1. */
static int find_or_add(struct nodes *nodes, const struct key *key, int fd,
		       uint64_t *ret_id)
{
	struct node *node;

	pthread_mutex_lock(&nodes->lock);
	node = nodes_table_find(nodes, key);
	if (!node) {
		node = nodes_table_add(nodes, key, fd);
		if (node)
			fd = -1;
	} else if (fd >= 0 && !node->pinned) {
		/* A file without a name, known by its handle. */
		if (node->fd >= 0) {
			lru_remove(nodes, node);
		} else {
			node->fd = fd;
			fd = -1;
		}
		node->pinned = true;
	}
	if (node) {
		node->lookups++;
		*ret_id = node_id(node);
	}
	pthread_mutex_unlock(&nodes->lock);
	close_fd(fd);
	return node ? 0 : -ENOMEM;
}

static void fill_key(struct key *key, const struct lkl_statx *st)
{
	key->dev_major = st->stx_dev_major;
	key->dev_minor = st->stx_dev_minor;
	key->ino = st->stx_ino;
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

static int get_attributes(int dirfd, const char *name, struct lkl_statx *st)
{
	unsigned int flags = LKL_AT_SYMLINK_NOFOLLOW | LKL_AT_NO_AUTOMOUNT;

	if (!*name)
		flags |= LKL_AT_EMPTY_PATH;
	return (int)lkl_sys_statx(dirfd, name, flags,
				  LKL_STATX_BASIC_STATS | LKL_STATX_BTIME, st);
}

/* No handle: as long as it is open, it has its inode number for itself. */
static int lookup_pinned(struct nodes *nodes, int dirfd, const char *name,
			 struct lkl_statx *st, struct key *key,
			 uint64_t *ret_id)
{
	int fd, ret;

	no_handle(key);
	if (find_and_count(nodes, key, ret_id))
		return 0;
	fd = path_fd(dirfd, name);
	if (fd < 0)
		return fd;
	ret = get_attributes(fd, "", st);
	if (ret < 0) {
		close_fd(fd);
		return ret;
	}
	fill_key(key, st);
	return find_or_add(nodes, key, fd, ret_id);
}

int node_lookup(struct nodes *nodes, int dirfd, const char *name,
		struct lkl_statx *ret_st, uint64_t *ret_id)
{
	struct key key;
	int ret, fd = -1;

	ret = get_attributes(dirfd, name, ret_st);
	if (ret < 0)
		return ret;
	fill_key(&key, ret_st);
	if (!nodes->pin) {
		ret = get_handle(dirfd, name, &key);
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
	close_fd(fd);
}

void node_pin(struct nodes *nodes, int dirfd, const char *name)
{
	struct node *node = NULL;
	struct lkl_statx st;
	struct key key;
	int fd;

	/* All are, or will be. */
	if (nodes->pin || get_attributes(dirfd, name, &st) < 0 ||
	    get_handle(dirfd, name, &key) < 0 || key.handle_type < 0)
		return;
	fill_key(&key, &st);
	pthread_mutex_lock(&nodes->lock);
	node = nodes_table_find(nodes, &key);
	if (node && (node->pinned || (st.stx_nlink > 1 &&
				      (st.stx_mode & LKL_S_IFMT) !=
				      LKL_S_IFDIR)))
		node = NULL;
	if (node)
		node->users++;
	pthread_mutex_unlock(&nodes->lock);
	if (!node)
		return;

	fd = node_fd(nodes, node);
	pthread_mutex_lock(&nodes->lock);
	if (fd >= 0 && !node->pinned) {
		lru_remove(nodes, node);
		node->pinned = true;
	}
	pthread_mutex_unlock(&nodes->lock);
	node_put(nodes, node);
}

unsigned int node_count_writers(struct nodes *nodes, uint64_t id, int change)
{
	struct node *node;
	unsigned int n = 0;

	pthread_mutex_lock(&nodes->lock);
	node = nodes_table_get(nodes, id);
	if (node) {
		node->writers += (uint32_t)change;
		n = node->writers;
	}
	pthread_mutex_unlock(&nodes->lock);
	return n;
}

uint64_t nodes_next_writer(struct nodes *nodes, uint64_t after)
{
	uint64_t id = 0;
	uint32_t i;

	pthread_mutex_lock(&nodes->lock);
	for (i = (uint32_t)after + 1; i < nodes->n_used && !id; i++)
		if (node_at(nodes, i)->used && node_at(nodes, i)->writers)
			id = node_id(node_at(nodes, i));
	pthread_mutex_unlock(&nodes->lock);
	return id;
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

int nodes_new(int root_fd, bool pin, struct nodes **ret_nodes)
{
	struct nodes *nodes = calloc(1, sizeof(*nodes));
	struct lkl_statx st;
	struct node *root;
	struct key key;
	int ret;

	if (!nodes)
		return -ENOMEM;
	pthread_mutex_init(&nodes->lock, NULL);
	nodes->root_fd = root_fd;
	nodes->pin = pin;
	ret = nodes_table_init(nodes);
	if (!ret)
		ret = get_attributes(root_fd, "", &st);
	if (!ret) {
		fill_key(&key, &st);
		no_handle(&key);
		if (!pin)
			ret = get_handle(root_fd, "", &key);
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
			close_fd(node->fd);
	}
	nodes_table_free(nodes);
	pthread_mutex_destroy(&nodes->lock);
	free(nodes);
}
