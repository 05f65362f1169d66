// SPDX-License-Identifier: GPL-2.0-only
/*
 * inode-table.c - where nodes are: places that are used again, and a hash
 * table.
 */
#include "inode-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN	4096u

/* Of the numbers only: those that are found by them have to be found, too. */
static uint32_t hash_key(const struct key *key)
{
	uint64_t h = key->ino * 0x9e3779b97f4a7c15ull;

	h ^= (uint64_t)key->dev_minor << 17;
	return (uint32_t)((h * 0xff51afd7ed558ccdull) >> 32);
}

static bool same_numbers(const struct key *a, const struct key *b)
{
	return a->ino == b->ino && a->dev_minor == b->dev_minor &&
		a->dev_major == b->dev_major;
}

static bool same_handle(const struct key *a, const struct key *b)
{
	return a->handle_type == b->handle_type &&
		a->handle_bytes == b->handle_bytes &&
		!memcmp(a->handle, b->handle, a->handle_bytes);
}

static struct node *find(struct nodes *nodes, const struct key *key,
			 bool any_handle)
{
	uint32_t hash = hash_key(key);
	uint32_t i = nodes->buckets[hash & (nodes->n_buckets - 1)];
	struct node *node;

	for (; i; i = node->hash_next) {
		node = node_at(nodes, i);
		if (node->hash == hash && same_numbers(&node->key, key) &&
		    (any_handle || same_handle(&node->key, key)))
			return node;
	}
	return NULL;
}

struct node *nodes_table_find(struct nodes *nodes, const struct key *key)
{
	return find(nodes, key, false);
}

struct node *nodes_table_find_number(struct nodes *nodes,
				     const struct key *key)
{
	return find(nodes, key, true);
}

static void link_hash(struct nodes *nodes, struct node *node)
{
	uint32_t *bucket = &nodes->buckets[node->hash &
					   (nodes->n_buckets - 1)];

	node->hash_next = *bucket;
	*bucket = node->index;
}

/* Without memory for more, chains just become longer. */
static void grow_buckets(struct nodes *nodes)
{
	uint32_t n = nodes->n_buckets * 2, i;
	uint32_t *buckets, *old = nodes->buckets;

	if (nodes->n_hashed < nodes->n_buckets || n > 1u << 30)
		return;
	buckets = calloc(n, sizeof(*buckets));
	if (!buckets)
		return;
	nodes->buckets = buckets;
	nodes->n_buckets = n;
	for (i = 1; i < nodes->n_used; i++)
		if (node_at(nodes, i)->used)
			link_hash(nodes, node_at(nodes, i));
	free(old);
}

static void unlink_hash(struct nodes *nodes, struct node *node)
{
	uint32_t *link = &nodes->buckets[node->hash & (nodes->n_buckets - 1)];

	while (*link != node->index)
		link = &node_at(nodes, *link)->hash_next;
	*link = node->hash_next;
	nodes->n_hashed--;
}

/* A free place, or NULL without memory. */
static struct node *take_place(struct nodes *nodes)
{
	struct node *node, *chunk, **chunks;

	if (nodes->free) {
		node = node_at(nodes, nodes->free);
		nodes->free = node->hash_next;
		return node;
	}
	if (nodes->n_used == UINT32_MAX)
		return NULL;
	if (nodes->n_used == nodes->n_chunks << CHUNK_SHIFT) {
		chunks = realloc(nodes->chunks, (nodes->n_chunks + 1) *
				 sizeof(*chunks));
		if (!chunks)
			return NULL;
		nodes->chunks = chunks;
		chunk = calloc(CHUNK_SIZE, sizeof(*chunk));
		if (!chunk)
			return NULL;
		chunks[nodes->n_chunks++] = chunk;
	}
	node = node_at(nodes, nodes->n_used);
	node->index = nodes->n_used++;
	return node;
}

struct node *nodes_table_add(struct nodes *nodes, const struct key *key,
			     int fd)
{
	struct node *node = take_place(nodes);

	if (!node)
		return NULL;
	node->key = *key;
	node->hash = hash_key(key);
	node->lookups = 0;
	node->users = 0;
	node->writers = 0;
	node->lacks = 0;
	node->fd = fd;
	node->pinned = fd >= 0;
	node->used = true;
	nodes->n_hashed++;
	link_hash(nodes, node);
	grow_buckets(nodes);
	return node;
}

void nodes_table_remove(struct nodes *nodes, struct node *node)
{
	unlink_hash(nodes, node);
	node->used = false;
	node->generation++;
	node->hash_next = nodes->free;
	nodes->free = node->index;
}

struct node *nodes_table_get(struct nodes *nodes, uint64_t id)
{
	uint32_t index = (uint32_t)id;
	struct node *node;

	if (!index || index >= nodes->n_used)
		return NULL;
	node = node_at(nodes, index);
	if (!node->used || node->generation != id >> 32)
		return NULL;
	return node;
}

int nodes_table_init(struct nodes *nodes)
{
	nodes->n_buckets = BUCKETS_MIN;
	nodes->buckets = calloc(BUCKETS_MIN, sizeof(*nodes->buckets));
	/* The first place is the head of the list of descriptors. */
	return nodes->buckets && take_place(nodes) ? 0 : -ENOMEM;
}

void nodes_table_free(struct nodes *nodes)
{
	uint32_t i;

	for (i = 0; i < nodes->n_chunks; i++)
		free(nodes->chunks[i]);
	free(nodes->chunks);
	free(nodes->buckets);
}
