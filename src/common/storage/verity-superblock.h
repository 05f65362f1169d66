/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verity-superblock.h - the superblock of dm-verity, as veritysetup writes it.
 */
#ifndef STORAGE_VERITY_SUPERBLOCK_H
#define STORAGE_VERITY_SUPERBLOCK_H

#include <stdint.h>

#include <lkl.h>

#define VERITY_SIGNATURE	"verity\0"
#define VERITY_ALGORITHM_MAX	32u
#define VERITY_SALT_MAX		256u

/* On disk.  All numbers are little-endian. */
struct verity_superblock {
	uint8_t signature[8];
	uint8_t version[4];
	uint8_t hash_type[4];
	uint8_t uuid[16];
	char algorithm[VERITY_ALGORITHM_MAX];
	uint8_t data_block_size[4];
	uint8_t hash_block_size[4];
	uint8_t data_blocks[8];
	uint8_t salt_size[2];
	uint8_t padding[6];
	uint8_t salt[VERITY_SALT_MAX];
	uint8_t rest[168];
};

_Static_assert(sizeof(struct verity_superblock) == 512,
	       "superblock of dm-verity");

struct verity_format {
	unsigned int hash_type;		/* 1; 0: of Chrome OS */
	char algorithm[VERITY_ALGORITHM_MAX + 1];
	unsigned int digest_size;	/* bytes */
	unsigned int data_block_size, hash_block_size;	/* bytes */
	uint64_t data_blocks;
	unsigned int salt_size;		/* bytes */
	uint8_t salt[VERITY_SALT_MAX];
};

/*
 * verity_superblock_parse - check a superblock and take it apart
 *
 * -EINVAL, with a sentence: it is none, or damaged.  -ENOTSUP: it needs a hash
 * that the kernel inside does not have.  On success, the block sizes are powers
 * of two from 512 to 4096, and the size of the data in bytes fits into 63 bits.
 */
int verity_superblock_parse(const struct verity_superblock *superblock,
			    struct verity_format *ret_format,
			    struct lkl_error *err);

/*
 * verity_hash_start - the first block of the hash tree
 * @offset: of the superblock, bytes
 *
 * Returns its number on the device, in blocks of @format->hash_block_size.
 */
uint64_t verity_hash_start(const struct verity_format *format,
			   uint64_t offset);

#endif /* STORAGE_VERITY_SUPERBLOCK_H */
