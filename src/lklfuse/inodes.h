/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inodes.h - the files that the host knows, by number.
 *
 * A node stands for an inode of the image.  Its id is an index into a table
 * together with the generation of that place in the table: an id that was
 * forgotten is told apart from its successor.  A node keeps the inode's file
 * handle, which takes no resources of the kernel's; a descriptor (O_PATH)
 * only while it is in use or was so a moment ago.  So their number is
 * limited by the host's memory alone.
 *
 * Nodes are pinned, i.e. they keep their descriptor until they are
 * forgotten, if their handle would not lead back to them: those of removed
 * files, and all nodes of a file system without lasting handles (vfat).
 * Hence no number of an inode is given to another one while there is a node
 * for it, where file systems can be trusted with that: then a node is found
 * without asking for a handle again.
 *
 * All functions may be called by any thread.
 */
#ifndef LKLFUSE_INODES_H
#define LKLFUSE_INODES_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

struct node;
struct nodes;

#define NODE_ROOT_ID 1

/* What is known of a file system. */
enum nodes_kind {
	NODES_PINNED,	/* handles do not last */
	NODES_HANDLES,	/* they do: as long as a file has a name */
	NODES_NUMBERS,	/* and there are no two files with one number */
};

/*
 * nodes_new - make a table with the root in it
 * @root_fd: borrowed, for as long as the table is there
 */
int nodes_new(int root_fd, enum nodes_kind kind, struct nodes **ret_nodes);
void nodes_free(struct nodes *nodes);

/*
 * node_get - find a node by its id and keep it from being freed
 *
 * NULL if there is none: the id is stale.  To be returned by node_put().
 */
struct node *node_get(struct nodes *nodes, uint64_t id);
void node_put(struct nodes *nodes, struct node *node);

/* node_get_fd - node_get() and node_fd(): the latter's result, or -ESTALE */
int node_get_fd(struct nodes *nodes, uint64_t id, struct node **ret_node);

/*
 * node_fd - an O_PATH descriptor of a node, or -errno
 *
 * Valid until the caller's node_put().
 */
int node_fd(struct nodes *nodes, struct node *node);

/* Whether it keeps that until it is forgotten. */
bool node_is_pinned(struct nodes *nodes, const struct node *node);

/*
 * node_open - open a node's file anew, with these flags
 *
 * The descriptor is the caller's.
 */
int node_open(struct nodes *nodes, struct node *node, int flags);

/*
 * node_lookup - find or make the node of a directory entry
 * @dirfd, @name: as in fstatat(); an empty name is the descriptor's file
 * @ret_st: filled with its attributes
 * @ret_id: its id; the host knows it once more, see node_forget()
 */
int node_lookup(struct nodes *nodes, int dirfd, const char *name,
		struct lkl_statx *ret_st, uint64_t *ret_id);

/* node_forget - the host has forgotten it @n times. */
void node_forget(struct nodes *nodes, uint64_t id, uint64_t n);

/* For node_removed(): there is nothing to be kept. */
#define NODE_NOTHING_HELD	(-ENOENT)

/*
 * node_hold - before an entry is removed, or replaced: what it stands for may
 * be used on
 *
 * What node_removed() wants.
 */
int node_hold(struct nodes *nodes, int dirfd, const char *name);

/* node_removed - and after that, or if it failed: keep its node. */
void node_removed(struct nodes *nodes, int held, bool removed);

/*
 * nodes_reuse_numbers - from now on, other files may have the numbers of
 * those that there are nodes for: files are about to be removed without
 * node_hold()
 */
void nodes_reuse_numbers(struct nodes *nodes);

/*
 * What a node is known to lack, so that nobody need look.
 *
 * Who has looked and found nothing says what nodes_gains() was before; who
 * has added it says so before that is answered.
 */
enum {
	NODE_CAPABILITY = 1,	/* security.capability */
	NODE_ACCESS_ACL = 2,
	NODE_DEFAULT_ACL = 4,
	NODE_ANYTHING = 8,	/* attributes of all kinds but trusted ones */
};

bool node_lacks(struct nodes *nodes, uint64_t id, unsigned int what);
uint32_t nodes_gains(struct nodes *nodes);
void node_note_lack(struct nodes *nodes, uint64_t id, unsigned int what,
		    uint32_t gains);
void node_note_gain(struct nodes *nodes, uint64_t id, unsigned int what);

/*
 * node_count_writers - one more (1), one less (-1) or as many (0) open files
 * that may be written to; returns how many there are
 */
unsigned int node_count_writers(struct nodes *nodes, uint64_t id, int change);

/*
 * nodes_next_writer - go through all nodes that are open for writing
 * @after: the id of the one before, 0 for the first one
 *
 * 0 at the end.  Others come and go meanwhile.
 */
uint64_t nodes_next_writer(struct nodes *nodes, uint64_t after);

/* nodes_find_inode - the id of a node by what node_inode() says of it, or 0 */
uint64_t nodes_find_inode(struct nodes *nodes, uint64_t inode);

/* The number that users see; unique among all subvolumes. */
uint64_t node_inode(const struct nodes *nodes, const struct lkl_statx *st);

#endif /* LKLFUSE_INODES_H */
