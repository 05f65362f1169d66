// SPDX-License-Identifier: GPL-2.0-only
/*
 * verity-superblock.c - the superblock of dm-verity, as veritysetup writes it.
 *
 * It knows no kernel and no device.  The superblock is hostile input.
 */
#include "verity-superblock.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/byte-order.h"
#include "common/cli/quote.h"
#include "common/error.h"

/* The hashes of the kernel inside, and the bytes of their digests. */
static const struct {
	const char *name;
	unsigned int digest_size;
} algorithms[] = {
	{ "sha1", 20 }, { "sha256", 32 }, { "sha512", 64 },
};

static int parse_algorithm(const struct verity_superblock *superblock,
			   struct verity_format *format, struct lkl_error *err)
{
	unsigned int i;

	/* Zero ends it, unless it fills the field. */
	memcpy(format->algorithm, superblock->algorithm, VERITY_ALGORITHM_MAX);
	format->algorithm[VERITY_ALGORITHM_MAX] = '\0';
	for (i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++) {
		if (strcmp(algorithms[i].name, format->algorithm))
			continue;
		format->digest_size = algorithms[i].digest_size;
		return 0;
	}
	return error_set(err, -ENOTSUP, "its hash is %s, which is not supported",
			 quote_name(format->algorithm));
}

static int parse_block_size(const uint8_t *from, unsigned int *ret_size,
			    struct lkl_error *err)
{
	uint64_t size = get_le32(from);

	if (size < 512 || size > 4096 || size & (size - 1))
		return error_set(err, -EINVAL,
				 "its superblock has a block size of %" PRIu64
				 " bytes, not of 512 to 4096", size);
	*ret_size = (unsigned int)size;
	return 0;
}

int verity_superblock_parse(const struct verity_superblock *superblock,
			    struct verity_format *ret_format,
			    struct lkl_error *err)
{
	struct verity_format format = { 0 };
	uint64_t version = get_le32(superblock->version);
	uint64_t type = get_le32(superblock->hash_type);
	uint64_t salt_size = get_le16(superblock->salt_size);
	int ret;

	if (memcmp(superblock->signature, VERITY_SIGNATURE,
		   sizeof(superblock->signature)))
		return error_set(err, -EINVAL,
				 "no superblock of dm-verity there");
	if (version != 1 || type > 1)
		return error_set(err, -ENOTSUP,
				 "its superblock has version %" PRIu64
				 " and hash type %" PRIu64
				 ", which are not supported", version, type);
	if (salt_size > VERITY_SALT_MAX)
		return error_set(err, -EINVAL,
				 "its superblock has a salt of %" PRIu64
				 " bytes, more than %u", salt_size,
				 VERITY_SALT_MAX);
	format.hash_type = (unsigned int)type;
	format.salt_size = (unsigned int)salt_size;
	memcpy(format.salt, superblock->salt, salt_size);
	ret = parse_algorithm(superblock, &format, err);
	if (!ret)
		ret = parse_block_size(superblock->data_block_size,
				       &format.data_block_size, err);
	if (!ret)
		ret = parse_block_size(superblock->hash_block_size,
				       &format.hash_block_size, err);
	if (ret < 0)
		return ret;
	format.data_blocks = get_le64(superblock->data_blocks);
	if (!format.data_blocks ||
	    format.data_blocks > INT64_MAX / format.data_block_size)
		return error_set(err, -EINVAL,
				 "its superblock has %" PRIu64
				 " blocks of data, which is impossible",
				 format.data_blocks);
	*ret_format = format;
	return 0;
}

uint64_t verity_hash_start(const struct verity_format *format, uint64_t offset)
{
	uint64_t end = offset + sizeof(struct verity_superblock);

	return end / format->hash_block_size + !!(end % format->hash_block_size);
}
