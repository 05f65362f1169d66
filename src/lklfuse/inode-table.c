// SPDX-License-Identifier: GPL-2.0-only
/*
 * inode-table.c - slots for inodes, which are reused, and a hash table over
 * them.
 */
#include "inode-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inodes.h"

#define BUCKETS_MIN	4096u

/* The handle is left out, so that numbers and lasting ids can be searched for. */
static uint32_t inode_number_hash(uint32_t branch, uint64_t subvolume,
				  uint64_t ino)
{
	uint64_t h = ino * 0x9e3779b97f4a7c15ull;

	h ^= subvolume << 17 ^ (uint64_t)branch << 40;
	return (uint32_t)((h * 0xff51afd7ed558ccdull) >> 32);
}

static bool inode_key_same_number(const struct inode_key *a,
				  const struct inode_key *b)
{
	return a->ino == b->ino && a->subvolume == b->subvolume &&
		a->branch == b->branch;
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
	uint32_t hash = inode_number_hash(key->branch, key->subvolume,
					  key->ino);
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

/* Only those of the first branch last. */
static struct inode *inode_table_find_lasting(struct inode_table *table,
					      uint64_t id)
{
	uint64_t subvolume, ino;
	struct inode *inode;
	uint32_t i;

	inode_key_split_id(id, table->branches[0].has_subvolumes, &subvolume,
			   &ino);
	i = table->buckets[inode_number_hash(0, subvolume, ino) &
			   (table->n_buckets - 1)];
	for (; i; i = inode->hash_next) {
		inode = inode_at(table, i);
		if (inode->id == id)
			return inode;
	}
	return NULL;
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

/*
 * Two inodes have the same lasting id if the host still knows an inode whose
 * file is gone, and was not told of (inode_table_distrust_numbers()).  Then the
 * new inode gets another id until it is forgotten.
 */
static uint64_t inode_choose_id(struct inode_table *table,
				const struct inode *inode)
{
	uint64_t id = 0;

	if (table->has_lasting_ids && !inode->key.branch)
		id = inode_key_lasting_id(&inode->key);
	if (id && !inode_table_find_lasting(table, id))
		return id;
	return INODE_SLOT_ID | (uint64_t)inode->generation << 32 | inode->index;
}

struct inode *inode_table_add(struct inode_table *table,
			      const struct inode_key *key, int fd)
{
	struct inode *inode = inode_slot_take(table);

	if (!inode)
		return NULL;
	inode->key = *key;
	inode->id = inode_choose_id(table, inode);
	inode->hash = inode_number_hash(key->branch, key->subvolume, key->ino);
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
	inode->generation = (inode->generation + 1) & INT32_MAX;
	inode->hash_next = table->free_slot;
	table->free_slot = inode->index;
}

struct inode *inode_table_get(struct inode_table *table, uint64_t id)
{
	uint32_t index = (uint32_t)id;
	struct inode *inode;

	if (id == INODE_ROOT_ID)
		return inode_at(table, INODE_ROOT_ID);
	if (!(id & INODE_SLOT_ID))
		return inode_table_find_lasting(table, id);
	if (!index || index >= table->n_used)
		return NULL;
	inode = inode_at(table, index);
	return inode->used && inode->id == id ? inode : NULL;
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
	free(table->branches);
}
