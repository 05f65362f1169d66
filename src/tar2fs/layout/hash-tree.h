/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hash-tree.h - makes the hash tree of a file, in a confined process.
 */
#ifndef TAR2FS_LAYOUT_HASH_TREE_H
#define TAR2FS_LAYOUT_HASH_TREE_H

#include <stdbool.h>

#include "common/cli/common-options.h"
#include "verity.h"

struct hash_tree_wanted {
	const char *data, *hash;	/* paths; they may be the same */
	uint64_t data_size, hash_offset;
	bool fixed;			/* no random numbers */
	unsigned int index;		/* another salt for each tree */
	enum sandbox_mode sandbox;
};

struct hash_tree {
	uint8_t root[VERITY_DIGEST_SIZE];
};

/*
 * hash_tree_make - write the superblock and the tree into a file
 *
 * Call digest_library_load() before.
 */
int hash_tree_make(const struct hash_tree_wanted *wanted,
		   struct hash_tree *ret_tree, struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_HASH_TREE_H */
