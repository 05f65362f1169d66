// SPDX-License-Identifier: GPL-2.0-only
/*
 * inode-table.c - slots for inodes, which are reused, a hash table over them,
 * and the keys that it is searched for.
 */
#include "inode-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN	4096u

/* The handle is left out, so that inode_table_find_number() can search, too. */
static uint32_t inode_key_hash(const struct inode_key *key)
{
	uint64_t h = key->ino * 0x9e3779b97f4a7c15ull;

	h ^= (uint64_t)key->dev_minor << 17;
	return (uint32_t)((h * 0xff51afd7ed558ccdull) >> 32);
}

static bool inode_key_same_number(const struct inode_key *a,
				  const struct inode_key *b)
{
	return a->ino == b->ino && a->dev_minor == b->dev_minor &&
		a->dev_major == b->dev_major;
}

static bool inode_key_same_handle(const struct inode_key *a,
				  const struct inode_key *b)
{
	return a->handle_type == b->handle_type &&
		a->handle_bytes == b->handle_bytes &&
		!memcmp(a->handle, b->handle, a->handle_bytes);
}

static struct inode *inode_table_find_key(struct inode_table *table,
					  const struct inode_key *key,
					  bool any_handle)
{
	uint32_t hash = inode_key_hash(key);
	uint32_t i = table->buckets[hash & (table->n_buckets - 1)];
	struct inode *inode;

	for (; i; i = inode->hash_next) {
		inode = inode_at(table, i);
		if (inode->hash == hash &&
		    inode_key_same_number(&inode->key, key) &&
		    (any_handle || inode_key_same_handle(&inode->key, key)))
			return inode;
	}
	return NULL;
}

struct inode *inode_table_find(struct inode_table *table,
			       const struct inode_key *key)
{
	return inode_table_find_key(table, key, false);
}

struct inode *inode_table_find_number(struct inode_table *table,
				      const struct inode_key *key)
{
	return inode_table_find_key(table, key, true);
}

static void hash_chain_insert(struct inode_table *table, struct inode *inode)
{
	uint32_t *bucket = &table->buckets[inode->hash &
					   (table->n_buckets - 1)];

	inode->hash_next = *bucket;
	*bucket = inode->index;
}

/* If there is no memory for more buckets, the chains just get longer. */
static void hash_table_grow(struct inode_table *table)
{
	uint32_t n = table->n_buckets * 2, i;
	uint32_t *buckets, *old = table->buckets;

	if (table->n_hashed < table->n_buckets || n > 1u << 30)
		return;
	buckets = calloc(n, sizeof(*buckets));
	if (!buckets)
		return;
	table->buckets = buckets;
	table->n_buckets = n;
	for (i = 1; i < table->n_used; i++)
		if (inode_at(table, i)->used)
			hash_chain_insert(table, inode_at(table, i));
	free(old);
}

static void hash_chain_remove(struct inode_table *table, struct inode *inode)
{
	uint32_t *link = &table->buckets[inode->hash & (table->n_buckets - 1)];

	while (*link != inode->index)
		link = &inode_at(table, *link)->hash_next;
	*link = inode->hash_next;
	table->n_hashed--;
}

/* A free slot, or NULL if there is no memory. */
static struct inode *inode_slot_take(struct inode_table *table)
{
	struct inode *inode, *chunk, **chunks;

	if (table->free_slot) {
		inode = inode_at(table, table->free_slot);
		table->free_slot = inode->hash_next;
		return inode;
	}
	if (table->n_used == UINT32_MAX)
		return NULL;
	if (table->n_used == table->n_chunks << CHUNK_SHIFT) {
		chunks = realloc(table->chunks, (table->n_chunks + 1) *
				 sizeof(*chunks));
		if (!chunks)
			return NULL;
		table->chunks = chunks;
		chunk = calloc(CHUNK_SIZE, sizeof(*chunk));
		if (!chunk)
			return NULL;
		chunks[table->n_chunks++] = chunk;
	}
	inode = inode_at(table, table->n_used);
	inode->index = table->n_used++;
	return inode;
}

struct inode *inode_table_add(struct inode_table *table,
			      const struct inode_key *key, int fd)
{
	struct inode *inode = inode_slot_take(table);

	if (!inode)
		return NULL;
	inode->key = *key;
	inode->hash = inode_key_hash(key);
	inode->lookups = 0;
	inode->users = 0;
	inode->writers = 0;
	inode->absent_xattrs = 0;
	inode->fd = fd;
	inode->pinned = fd >= 0;
	inode->used = true;
	table->n_hashed++;
	hash_chain_insert(table, inode);
	hash_table_grow(table);
	return inode;
}

void inode_table_remove(struct inode_table *table, struct inode *inode)
{
	hash_chain_remove(table, inode);
	inode->used = false;
	inode->generation++;
	inode->hash_next = table->free_slot;
	table->free_slot = inode->index;
}

struct inode *inode_table_get(struct inode_table *table, uint64_t id)
{
	uint32_t index = (uint32_t)id;
	struct inode *inode;

	if (!index || index >= table->n_used)
		return NULL;
	inode = inode_at(table, index);
	if (!inode->used || inode->generation != id >> 32)
		return NULL;
	return inode;
}

int inode_table_init(struct inode_table *table)
{
	table->n_buckets = BUCKETS_MIN;
	table->buckets = calloc(BUCKETS_MIN, sizeof(*table->buckets));
	/* Slot 0 is the head of the LRU list of descriptors. */
	return table->buckets && inode_slot_take(table) ? 0 : -ENOMEM;
}

void inode_table_release(struct inode_table *table)
{
	uint32_t i;

	for (i = 0; i < table->n_chunks; i++)
		free(table->chunks[i]);
	free(table->chunks);
	free(table->buckets);
}

/* ---- Keys ---- */

union file_handle_buffer {
	struct lkl_file_handle h;
	unsigned char bytes[sizeof(struct lkl_file_handle) + LKL_MAX_HANDLE_SZ];
};

int inode_key_statx(int dirfd, const char *name, struct lkl_statx *ret_st)
{
	unsigned int flags = LKL_AT_SYMLINK_NOFOLLOW | LKL_AT_NO_AUTOMOUNT;

	if (!*name)
		flags |= LKL_AT_EMPTY_PATH;
	return (int)lkl_sys_statx(dirfd, name, flags,
				  LKL_STATX_BASIC_STATS | LKL_STATX_BTIME,
				  ret_st);
}

static void inode_key_clear_handle(struct inode_key *key)
{
	key->handle_type = -1;
	key->handle_bytes = 0;
	memset(key->handle, 0, sizeof(key->handle));
}

void inode_key_set_number(struct inode_key *key, const struct lkl_statx *st)
{
	key->dev_major = st->stx_dev_major;
	key->dev_minor = st->stx_dev_minor;
	key->ino = st->stx_ino;
	inode_key_clear_handle(key);
}

int inode_key_get_handle(int dirfd, const char *name, struct inode_key *key)
{
	union file_handle_buffer handle = {
		.h.handle_bytes = LKL_MAX_HANDLE_SZ,
	};
	int mount;
	long ret;

	inode_key_clear_handle(key);
	ret = lkl_sys_name_to_handle_at(dirfd, name, &handle.h, &mount,
					*name ? 0 : LKL_AT_EMPTY_PATH);
	/* The file has no handle, or none that fits. */
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

int inode_key_open(int root_fd, const struct inode_key *key, int flags)
{
	union file_handle_buffer handle = {
		.h.handle_bytes = key->handle_bytes,
		.h.handle_type = key->handle_type,
	};

	memcpy(handle.h.f_handle, key->handle, key->handle_bytes);
	return (int)lkl_sys_open_by_handle_at(root_fd, &handle.h, flags);
}
