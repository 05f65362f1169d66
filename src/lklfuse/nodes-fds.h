/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nodes-fds.h - the descriptors that nodes have, most of them for a moment.
 *
 * For inodes.c alone; users of nodes see node_fd() and node_open() in inodes.h.
 * All functions here want the table's lock, and leave it to the caller to
 * close what they return, with nodes_close_fd(), after that was given up.
 */
#ifndef LKLFUSE_NODES_FDS_H
#define LKLFUSE_NODES_FDS_H

#include "inode-table.h"

/* Does nothing for a negative one. */
void nodes_close_fd(int fd);

/* Take it from a node that is about to go: its descriptor or -1. */
int nodes_take_fd(struct nodes *nodes, struct node *node);

/*
 * From now on the node keeps its descriptor, which is @fd if it has none; -1
 * or @fd, if that is not needed.  One of both must be there.
 */
int nodes_pin(struct nodes *nodes, struct node *node, int fd);

#endif /* LKLFUSE_NODES_FDS_H */
