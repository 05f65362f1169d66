/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nodes-key.h - what a node stands for: a file of the image, by its numbers
 * and its handle.
 */
#ifndef LKLFUSE_NODES_KEY_H
#define LKLFUSE_NODES_KEY_H

#include <stdint.h>

#include <lkl.h>

/* Handles of all file systems with lasting ones fit; larger ones are not
 * kept, these nodes are pinned. */
#define HANDLE_MAX	24

struct key {
	uint32_t dev_major, dev_minor;
	uint64_t ino;
	int handle_type;		/* -1: there is no handle */
	uint32_t handle_bytes;
	unsigned char handle[HANDLE_MAX];
};

/* In all of these, @dirfd and @name are as in fstatat(); an empty name is the
 * descriptor's file. */

/* What users are shown of it, which has the numbers. */
int key_attributes(int dirfd, const char *name, struct lkl_statx *ret_st);

/* The numbers only, without a handle. */
void key_set_numbers(struct key *key, const struct lkl_statx *st);

/* The handle only: -1 for its type is success, too. */
int key_get_handle(int dirfd, const char *name, struct key *key);

/* Open what has this handle: a descriptor or -errno. */
int key_open(int root_fd, const struct key *key, int flags);

#endif /* LKLFUSE_NODES_KEY_H */
