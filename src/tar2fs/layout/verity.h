/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verity.h - the hash tree of dm-verity, in the format of veritysetup.
 */
#ifndef TAR2FS_LAYOUT_VERITY_H
#define TAR2FS_LAYOUT_VERITY_H

#include <stdint.h>

#include <lkl.h>

#define VERITY_BLOCK		4096u
#define VERITY_DIGEST_SIZE	32u
#define VERITY_SALT_SIZE	32u

struct verity {
	int data, hash;			/* files; they may be the same one */
	uint64_t data_size;		/* bytes from the start of @data */
	uint64_t hash_offset;		/* in @hash, of the superblock */
	uint8_t salt[VERITY_SALT_SIZE];
	uint8_t uuid[16];		/* of the superblock */
};

/* Bytes of the superblock and the tree.  @data_size is rounded up to blocks. */
uint64_t verity_hash_size(uint64_t data_size);

/*
 * verity_make - write the superblock and the tree
 *
 * Call digest_library_load() before.  Reads holes of @data as zeroes without
 * looking at them.  Returns 0, or -errno with a sentence.
 */
int verity_make(const struct verity *verity,
		uint8_t ret_root[VERITY_DIGEST_SIZE], struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_VERITY_H */
