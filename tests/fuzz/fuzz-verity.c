// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz-verity.c - fuzz the superblock of dm-verity.
 *
 * Input: the offset of the superblock, 8 bytes, little endian; then the
 * superblock, whose end may be missing.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/storage/mapper-word.h"
#include "common/storage/verity-superblock.h"
#include "input.h"

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_block_size(unsigned int size)
{
	check(size >= 512 && size <= 4096 && !(size & (size - 1)));
}

static uint64_t number(const uint8_t *from, unsigned int size)
{
	struct input in = { from, size };

	return take(&in, size);
}

static bool is_block_size(uint64_t size)
{
	return size == 512 || size == 1024 || size == 2048 || size == 4096;
}

/* As the kernel's documentation and veritysetup have it, within our limits. */
static bool is_valid(const struct verity_superblock *superblock)
{
	uint64_t unit = number(superblock->data_block_size, 4);
	uint64_t blocks = number(superblock->data_blocks, 8);
	const char *name = superblock->algorithm;

	return !memcmp(superblock->signature, "verity\0\0", 8) &&
		number(superblock->version, 4) == 1 &&
		number(superblock->hash_type, 4) < 2 &&
		(!memcmp(name, "sha1", 5) || !memcmp(name, "sha256", 7) ||
		 !memcmp(name, "sha512", 7)) &&
		is_block_size(unit) &&
		is_block_size(number(superblock->hash_block_size, 4)) &&
		number(superblock->salt_size, 2) <= 256 && blocks > 0 &&
		(__extension__(unsigned __int128)blocks * unit) >> 63 == 0;
}

/* What the line for the kernel is made of. */
static void check_format(const struct verity_format *format,
			 const struct verity_superblock *superblock)
{
	check(format->hash_type <= 1);
	check(format->digest_size == 20 || format->digest_size == 32 ||
	      format->digest_size == 64);
	check(strlen(format->algorithm) <= VERITY_ALGORITHM_MAX);
	check(mapper_is_word(format->algorithm));
	check_block_size(format->data_block_size);
	check_block_size(format->hash_block_size);
	check(format->data_blocks &&
	      format->data_blocks <= INT64_MAX / format->data_block_size);
	check(format->salt_size <= VERITY_SALT_MAX);
	check(!memcmp(format->salt, superblock->salt, format->salt_size));
}

/* The first whole block behind the superblock. */
static void check_start(const struct verity_format *format, uint64_t offset)
{
	uint64_t end = offset + sizeof(struct verity_superblock);
	uint64_t start = verity_hash_start(format, offset) *
		format->hash_block_size;

	check(start >= end && start - end < format->hash_block_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	/* The size of a device is a positive number of 64 bits. */
	uint64_t offset = take(&in, 8) >> 2;
	struct verity_superblock superblock;
	struct verity_format format, untouched;
	struct lkl_error err = { "" };

	memset(&superblock, 0, sizeof(superblock));
	if (in.size)
		memcpy(&superblock, in.data, in.size < sizeof(superblock) ?
		       in.size : sizeof(superblock));
	memset(&format, 0x5a, sizeof(format));
	untouched = format;
	if (verity_superblock_parse(&superblock, &format, &err) < 0) {
		check(!is_valid(&superblock));
		check(err.text[0] && !strchr(err.text, '\n'));
		check(!memcmp(&format, &untouched, sizeof(format)));
		return 0;
	}
	check(is_valid(&superblock));
	check_format(&format, &superblock);
	check_start(&format, offset);
	return 0;
}

#include "replay.h"
