/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * luks.h - opens volumes of LUKS, VeraCrypt and TrueCrypt, in the kernel inside.
 *
 * The key comes from the guardian (key-guardian.h), the mapping is dm-crypt's.
 */
#ifndef STORAGE_LUKS_H
#define STORAGE_LUKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#include "key-guardian.h"
#include "mapper.h"

/* The largest header: the bytes of a volume before its data. */
#define LUKS_HEADER_MAX	(136u << 20)

struct luks_options {
	bool read_only;			/* the device cannot be written to */
	bool allow_discards;
	int header;			/* a detached one; -1: on the device */
};

/*
 * luks_unlock - find the key of a volume and map its data
 * @node: its block device, inside the kernel
 * @request: its names for people and for --key
 * @guardian: may be NULL; that is -ENOKEY
 * @ret_node: path of the block device of the data, inside the kernel
 */
int luks_unlock(const struct key_guardian *guardian, const char *node,
		const struct key_request *request,
		const struct luks_options *options,
		char ret_node[MAPPER_NODE_MAX], struct lkl_error *err);

#endif /* STORAGE_LUKS_H */
