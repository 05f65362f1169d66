// SPDX-License-Identifier: GPL-2.0-only
/*
 * nodes-notes.c - what is remembered of nodes that the kernel would have to be
 * asked for: what they lack, who may write to them.
 */
#include "inode-table.h"
#include "inodes.h"

bool node_lacks(struct nodes *nodes, uint64_t id, unsigned int what)
{
	struct node *node;
	bool lacks;

	pthread_mutex_lock(&nodes->lock);
	node = nodes_table_get(nodes, id);
	lacks = node && (node->lacks & what);
	pthread_mutex_unlock(&nodes->lock);
	return lacks;
}

uint32_t nodes_gains(struct nodes *nodes)
{
	uint32_t gains;

	pthread_mutex_lock(&nodes->lock);
	gains = nodes->gains;
	pthread_mutex_unlock(&nodes->lock);
	return gains;
}

void node_note_lack(struct nodes *nodes, uint64_t id, unsigned int what,
		    uint32_t gains)
{
	struct node *node;

	pthread_mutex_lock(&nodes->lock);
	node = nodes_table_get(nodes, id);
	if (node && nodes->gains == gains)
		node->lacks |= (uint8_t)what;
	pthread_mutex_unlock(&nodes->lock);
}

void node_note_gain(struct nodes *nodes, uint64_t id, unsigned int what)
{
	struct node *node;

	pthread_mutex_lock(&nodes->lock);
	nodes->gains++;
	node = nodes_table_get(nodes, id);
	if (node)
		node->lacks &= (uint8_t)~what;
	pthread_mutex_unlock(&nodes->lock);
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
