// SPDX-License-Identifier: GPL-2.0-only
/*
 * hash-tree.c - makes the hash tree of a file, in a confined process.
 */
#include "hash-tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "tar2fs/process.h"
#include "identifier.h"

/* Chooses the salt and the UUID. */
static int choose(const struct hash_tree_wanted *wanted, struct verity *verity,
		  struct lkl_error *err)
{
	struct identifier identifier;
	char text[64];
	int ret;

	snprintf(text, sizeof(text), "verity salt %u", wanted->index);
	ret = identifier_make(wanted->fixed, text, NULL, &identifier, err);
	if (ret < 0)
		return ret;
	memcpy(verity->salt, identifier.bytes, sizeof(verity->salt));
	snprintf(text, sizeof(text), "verity uuid %u", wanted->index);
	ret = identifier_make(wanted->fixed, text, NULL, &identifier, err);
	if (ret < 0)
		return ret;
	memcpy(verity->uuid, identifier.bytes, sizeof(verity->uuid));
	verity->uuid[6] = (verity->uuid[6] & 0x0f) | 0x40;
	verity->uuid[8] = (verity->uuid[8] & 0x3f) | 0x80;
	return 0;
}

static int hash_tree_work(void *opaque, void *result, struct lkl_error *err)
{
	const struct hash_tree_wanted *wanted = opaque;
	cleanup_close int data = open(wanted->data, O_RDONLY | O_CLOEXEC);
	cleanup_close int hash = open(wanted->hash, O_WRONLY | O_CLOEXEC);
	struct verity verity = {
		.data = data, .hash = hash,
		.data_size = wanted->data_size,
		.hash_offset = wanted->hash_offset,
	};
	struct hash_tree *tree = result;
	int ret;

	if (data < 0 || hash < 0)
		return error_set(err, -errno, "cannot open a file to hash: %s",
				 strerror(errno));
	ret = choose(wanted, &verity, err);
	if (!ret)
		ret = process_confine(wanted->sandbox, err);
	return ret < 0 ? ret : verity_make(&verity, tree->root, err);
}

int hash_tree_make(const struct hash_tree_wanted *wanted,
		   struct hash_tree *ret_tree, struct lkl_error *err)
{
	struct hash_tree_wanted copy = *wanted;

	return process_ask(hash_tree_work, &copy, ret_tree, sizeof(*ret_tree),
			   err);
}
