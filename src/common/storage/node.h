/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * node.h - block devices of the kernel inside, by the path of their node.
 */
#ifndef STORAGE_NODE_H
#define STORAGE_NODE_H

#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

/* "MAJOR:MINOR" */
#define NODE_NUMBER_MAX	24

/*
 * node_make - make a node
 * @dev: the number of the device, as lkl_sys_mknodat() takes it
 *
 * Replaces a node that has the name already.  Makes the directory that the node
 * is in.
 */
int node_make(const char *path, unsigned int mode, unsigned int dev,
	      struct lkl_error *err);

/* node_open - open a block device: a descriptor or -errno */
int node_open(const char *path, int flags, struct lkl_error *err);

/* node_size - its size in bytes */
int node_size(const char *path, uint64_t *ret_size, struct lkl_error *err);

/* node_number - its number, as parameters of mapped devices name it */
int node_number(const char *path, char ret_number[NODE_NUMBER_MAX],
		struct lkl_error *err);

/* node_read - read all @len bytes at @offset */
int node_read(int fd, void *buf, size_t len, uint64_t offset);

#endif /* STORAGE_NODE_H */
