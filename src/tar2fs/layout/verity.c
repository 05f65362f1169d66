// SPDX-License-Identifier: GPL-2.0-only
/*
 * verity.c - the hash tree of dm-verity, in the format of veritysetup.
 *
 * A digest is that of the salt and a block of data.  The digests of 128 blocks
 * fill a block of the lowest level; the next level has the digests of these
 * blocks, and so on up to a level of one block, whose digest is the root hash.
 * The file has the superblock in the first block, and then the levels, the
 * highest one first.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* SEEK_DATA */
#endif
#include "verity.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/digest.h"
#include "common/storage/verity-superblock.h"
#include "common/whole.h"

#define PER_BLOCK	(VERITY_BLOCK / VERITY_DIGEST_SIZE)

/* A tree with more levels would be for more than 2^63 bytes. */
#define LEVELS_MAX	8

/* Blocks that are read at once. */
#define BUFFER_BLOCKS	256u

static void put_number(uint8_t *to, size_t size, uint64_t value)
{
	size_t i;

	for (i = 0; i < size; i++, value >>= 8)
		to[i] = (uint8_t)value;
}

static uint64_t blocks_of(uint64_t bytes)
{
	return bytes / VERITY_BLOCK + !!(bytes % VERITY_BLOCK);
}

/* One block of a level, which is being filled. */
struct level {
	uint64_t at;			/* of the level, in the file */
	uint64_t n;			/* digests so far */
	uint8_t block[VERITY_BLOCK];
};

struct tree {
	const struct verity *verity;
	unsigned int n_levels;
	struct level levels[LEVELS_MAX];	/* the lowest one first */
	uint8_t root[VERITY_DIGEST_SIZE];
	uint8_t of_zeroes[VERITY_DIGEST_SIZE];
};

/* Choose the places of the levels.  Returns the number of blocks of all of them. */
static uint64_t tree_place(struct tree *tree, uint64_t data_size,
			   uint64_t offset)
{
	uint64_t counts[LEVELS_MAX], blocks = blocks_of(data_size);
	uint64_t at = offset + VERITY_BLOCK, sum = 0;
	unsigned int n = 0, i;

	while (blocks > 1 && n < LEVELS_MAX) {
		blocks = blocks / PER_BLOCK + !!(blocks % PER_BLOCK);
		counts[n++] = blocks;
	}
	for (i = n; i--; at += counts[i] * VERITY_BLOCK) {
		sum += counts[i];
		if (tree)
			tree->levels[i].at = at;
	}
	if (tree)
		tree->n_levels = n;
	return sum;
}

uint64_t verity_hash_size(uint64_t data_size)
{
	return (1 + tree_place(NULL, data_size, 0)) * VERITY_BLOCK;
}

static void digest_block(const struct verity *verity, const uint8_t *block,
			 uint8_t *ret_digest)
{
	struct hasher hasher;
	struct digest digest;

	hasher_begin(&hasher, DIGEST_SHA256);
	hasher_update(&hasher, verity->salt, sizeof(verity->salt));
	hasher_update(&hasher, block, VERITY_BLOCK);
	hasher_finish(&hasher, &digest);
	memcpy(ret_digest, digest.bytes, VERITY_DIGEST_SIZE);
}

static int write_all(int fd, const void *data, size_t len, uint64_t offset,
		     struct lkl_error *err)
{
	const char *from = data;
	ssize_t n;

	while (len) {
		n = pwrite(fd, from, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, -errno,
					 "cannot write the hash tree: %s",
					 strerror(errno));
		from += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static int level_add(struct tree *tree, unsigned int index,
		     const uint8_t *digest, struct lkl_error *err);

/* Writes the block that is full, or the last one, and adds its digest above. */
static int level_flush(struct tree *tree, unsigned int index,
		       struct lkl_error *err)
{
	struct level *level = &tree->levels[index];
	uint64_t used = level->n % PER_BLOCK ? level->n % PER_BLOCK : PER_BLOCK;
	uint64_t block = (level->n - 1) / PER_BLOCK;
	uint8_t digest[VERITY_DIGEST_SIZE];
	int ret;

	memset(level->block + used * VERITY_DIGEST_SIZE, 0,
	       (PER_BLOCK - used) * VERITY_DIGEST_SIZE);
	ret = write_all(tree->verity->hash, level->block, VERITY_BLOCK,
			level->at + block * VERITY_BLOCK, err);
	if (ret < 0)
		return ret;
	digest_block(tree->verity, level->block, digest);
	return level_add(tree, index + 1, digest, err);
}

static int level_add(struct tree *tree, unsigned int index,
		     const uint8_t *digest, struct lkl_error *err)
{
	struct level *level = &tree->levels[index];

	if (index == tree->n_levels) {
		memcpy(tree->root, digest, VERITY_DIGEST_SIZE);
		return 0;
	}
	memcpy(level->block + level->n % PER_BLOCK * VERITY_DIGEST_SIZE, digest,
	       VERITY_DIGEST_SIZE);
	return ++level->n % PER_BLOCK ? 0 : level_flush(tree, index, err);
}

/* The blocks that are left, from the lowest level on. */
static int tree_finish(struct tree *tree, struct lkl_error *err)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < tree->n_levels && !ret; i++)
		if (tree->levels[i].n % PER_BLOCK)
			ret = level_flush(tree, i, err);
	return ret;
}

static int add_zeroes(struct tree *tree, uint64_t blocks,
		      struct lkl_error *err)
{
	int ret = 0;

	while (blocks-- && !ret)
		ret = level_add(tree, 0, tree->of_zeroes, err);
	return ret;
}

/* The file may end inside of the last block. */
static int add_blocks(struct tree *tree, uint8_t *buffer, uint64_t at,
		      size_t blocks, struct lkl_error *err)
{
	uint8_t digest[VERITY_DIGEST_SIZE];
	size_t size = blocks * VERITY_BLOCK, i;
	ssize_t len;
	int ret = 0;

	if (size > tree->verity->data_size - at)
		size = (size_t)(tree->verity->data_size - at);
	len = pread_up_to(tree->verity->data, buffer, size, at);
	if (len < 0)
		return error_set(err, (int)len,
				 "cannot read the data to hash: %s",
				 strerror((int)-len));
	memset(buffer + len, 0, blocks * VERITY_BLOCK - (size_t)len);
	for (i = 0; i < blocks && !ret; i++) {
		digest_block(tree->verity, buffer + i * VERITY_BLOCK, digest);
		ret = level_add(tree, 0, digest, err);
	}
	return ret;
}

/* The next block that is not in a hole; @blocks if there is none. */
static uint64_t next_data(const struct verity *verity, uint64_t block,
			  uint64_t blocks)
{
	off_t at = lseek(verity->data, (off_t)(block * VERITY_BLOCK),
			 SEEK_DATA);

	/* A file system that does not know holes has data everywhere. */
	if (at < 0)
		return errno == ENXIO ? blocks : block;
	return (uint64_t)at / VERITY_BLOCK < blocks ?
		(uint64_t)at / VERITY_BLOCK : blocks;
}

static int add_all(struct tree *tree, uint8_t *buffer, struct lkl_error *err)
{
	const struct verity *verity = tree->verity;
	uint64_t blocks = blocks_of(verity->data_size), block = 0, data, n;
	int ret = 0;

	while (block < blocks && !ret) {
		data = next_data(verity, block, blocks);
		if (data > block) {
			ret = add_zeroes(tree, data - block, err);
			block = data;
			continue;
		}
		n = blocks - block < BUFFER_BLOCKS ? blocks - block :
			BUFFER_BLOCKS;
		ret = add_blocks(tree, buffer, block * VERITY_BLOCK, (size_t)n,
				 err);
		block += n;
	}
	return ret < 0 ? ret : tree_finish(tree, err);
}

static int write_superblock(const struct verity *verity, struct lkl_error *err)
{
	uint8_t block[VERITY_BLOCK] = { 0 };
	struct verity_superblock superblock = {
		.signature = VERITY_SIGNATURE, .algorithm = "sha256",
	};

	put_number(superblock.version, 4, 1);
	put_number(superblock.hash_type, 4, 1);
	put_number(superblock.data_block_size, 4, VERITY_BLOCK);
	put_number(superblock.hash_block_size, 4, VERITY_BLOCK);
	put_number(superblock.data_blocks, 8, blocks_of(verity->data_size));
	put_number(superblock.salt_size, 2, VERITY_SALT_SIZE);
	memcpy(superblock.salt, verity->salt, VERITY_SALT_SIZE);
	memcpy(superblock.uuid, verity->uuid, sizeof(verity->uuid));
	memcpy(block, &superblock, sizeof(superblock));
	return write_all(verity->hash, block, sizeof(block),
			 verity->hash_offset, err);
}

int verity_make(const struct verity *verity,
		uint8_t ret_root[VERITY_DIGEST_SIZE], struct lkl_error *err)
{
	cleanup_free struct tree *tree = calloc(1, sizeof(*tree));
	cleanup_free uint8_t *buffer = calloc(BUFFER_BLOCKS, VERITY_BLOCK);
	int ret;

	if (!tree || !buffer)
		return error_no_memory(err);
	tree->verity = verity;
	tree_place(tree, verity->data_size, verity->hash_offset);
	digest_block(verity, buffer, tree->of_zeroes);
	ret = write_superblock(verity, err);
	if (!ret)
		ret = add_all(tree, buffer, err);
	if (!ret)
		memcpy(ret_root, tree->root, VERITY_DIGEST_SIZE);
	return ret;
}
