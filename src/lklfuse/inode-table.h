/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inode-table.h - where nodes are: by id and by what they stand for.
 *
 * For inodes.c, which knows when they come and go, inode-fds.c and
 * nodes-notes.c.  All functions want the table's lock.
 */
#ifndef LKLFUSE_INODE_TABLE_H
#define LKLFUSE_INODE_TABLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "nodes-key.h"

#define CHUNK_SHIFT	10
#define CHUNK_SIZE	(1u << CHUNK_SHIFT)

struct node {
	struct key key;
	uint64_t lookups;	/* the host's, 0: in no list */
	uint32_t index;
	uint32_t generation;
	uint32_t users;		/* node_get() without node_put() */
	uint32_t writers;
	uint32_t hash;
	uint32_t hash_next;	/* or, if free, the next free one; 0 ends */
	uint32_t lru_next, lru_prev;	/* if fd >= 0 and not pinned */
	int fd;			/* -1: none */
	uint8_t lacks;		/* NODE_..._ */
	bool pinned;
	bool used;
};

struct nodes {
	int root_fd;
	bool pin;
	atomic_bool lasting_numbers;
	bool has_placeholders;	/* see inodes.c */
	uint32_t root_dev_minor;
	uint32_t root_dev_major;
	pthread_mutex_t lock;	/* protects all below; taken last */
	struct node **chunks;
	uint32_t n_chunks;
	uint32_t n_used;	/* places ever used, from the beginning */
	uint32_t n_hashed;
	uint32_t free;		/* list of places, 0: none */
	uint32_t *buckets;
	uint32_t n_buckets;	/* a power of two */
	/* Circular; place 0 is its head: next is the latest. */
	uint32_t n_cached;
	uint32_t gains;		/* how often a node got what it may lack */
};

static inline struct node *node_at(struct nodes *nodes, uint32_t index)
{
	return &nodes->chunks[index >> CHUNK_SHIFT][index & (CHUNK_SIZE - 1)];
}

static inline uint64_t node_id(const struct node *node)
{
	return (uint64_t)node->generation << 32 | node->index;
}

/* nodes_table_init - make it empty: 0 or -ENOMEM, and then it is to be freed */
int nodes_table_init(struct nodes *nodes);
void nodes_table_free(struct nodes *nodes);

/* nodes_table_find - by what it stands for; NULL if it is not there */
struct node *nodes_table_find(struct nodes *nodes, const struct key *key);

/* nodes_table_find_number - any with its numbers, whatever its handle is */
struct node *nodes_table_find_number(struct nodes *nodes,
				     const struct key *key);

/* nodes_table_get - by its id; NULL if that is stale */
struct node *nodes_table_get(struct nodes *nodes, uint64_t id);

/*
 * nodes_table_add - one more, which nobody refers to yet
 * @fd: goes to the node, which is pinned then; -1: none
 *
 * NULL without memory.
 */
struct node *nodes_table_add(struct nodes *nodes, const struct key *key,
			     int fd);

/* nodes_table_remove - its id is stale from now on */
void nodes_table_remove(struct nodes *nodes, struct node *node);

#endif /* LKLFUSE_INODE_TABLE_H */
