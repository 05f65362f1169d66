// SPDX-License-Identifier: GPL-2.0-only
/*
 * verity.c - a volume whose bytes dm-verity checks against a root hash.
 */
#include "verity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "node.h"
#include "verity-superblock.h"

/* The name of the mapped device; there is one. */
#define DEVICE "verity"

/* ---- Corrupt blocks ---- */

/* The first one: its number, and whether it has hashes.  Set on a kernel stack. */
static atomic_ullong corrupt_block;
static atomic_bool corrupt_is_hash;
static atomic_bool corrupt;
static unsigned int data_block_size;

/* "device-mapper: verity: 254:0: data block 7 is corrupted" */
void verity_note_log(const char *line, size_t len)
{
	static const char start[] = "device-mapper: verity: ";
	unsigned long long block;
	char text[128], kind[16], end[16];

	if (len < sizeof(start) || memcmp(line, start, sizeof(start) - 1) ||
	    atomic_load(&corrupt))
		return;
	snprintf(text, sizeof(text), "%.*s", (int)len, line);
	if (sscanf(text + sizeof(start) - 1,
		   "%*u:%*u: %15s block %llu is %15s", kind, &block, end) != 3)
		return;
	atomic_store(&corrupt_block, block);
	atomic_store(&corrupt_is_hash, strcmp(kind, "data"));
	atomic_store(&corrupt, true);
}

bool verity_failure(struct lkl_error *reason)
{
	unsigned long long block = atomic_load(&corrupt_block);

	if (!atomic_load(&corrupt))
		return false;
	if (atomic_load(&corrupt_is_hash))
		error_set(reason, -EIO,
			  "block %llu of the hash tree does not match the root hash",
			  block);
	else
		error_set(reason, -EIO,
			  "block %llu of the verified data, at byte %llu, does not match the root hash",
			  block, block * data_block_size);
	return true;
}

/* ---- The volumes ---- */

/* Does a partition have this half of the root hash as its UUID? */
static bool has_uuid(const struct volume *volume, const uint8_t half[16])
{
	const char *uuid = volume->uuid;
	unsigned int i = 0;
	char digits[3];

	if (volume->kind != VOLUME_PARTITION)
		return false;
	for (; *uuid && i < 16; uuid++) {
		if (*uuid == '-')
			continue;
		snprintf(digits, sizeof(digits), "%02x", half[i]);
		if (strncasecmp(uuid, digits, 2))
			return false;
		uuid++;
		i++;
	}
	return i == 16 && !*uuid;
}

static struct volume *find_by_uuid(const struct storage *storage,
				   const uint8_t half[16])
{
	unsigned int i;

	for (i = 0; i < storage->n_volumes; i++)
		if (has_uuid(storage->volumes[i], half))
			return storage->volumes[i];
	return NULL;
}

/* Whoever names an encrypted partition means the volume in it. */
static struct volume *innermost(struct volume *volume)
{
	while (volume->n_children == 1 &&
	       volume->children[0]->kind == VOLUME_DECRYPTED)
		volume = volume->children[0];
	return volume;
}

static int find_data(const struct storage *storage, struct volume **ret_volume,
		     struct lkl_error *err)
{
	const struct verity_options *options = storage->options.verity;
	const char *which = storage->options.which;
	struct volume *volume = NULL;
	int ret = 0;

	/* As the Discoverable Partitions Specification has it. */
	if (!which && options->root_hash_size >= 32)
		volume = find_by_uuid(storage, options->root_hash);
	if (which)
		ret = storage_find(storage, which, &volume, err);
	else if (!volume && storage->volumes[0]->n_children)
		return error_set(err, -ENOTUNIQ,
				 "no partition has a UUID that the root hash gives: choose the one to verify with --partition or --volume");
	else if (!volume)
		volume = storage->volumes[0];
	if (!ret)
		*ret_volume = innermost(volume);
	return ret;
}

static struct volume *find_disk(const struct storage *storage,
				unsigned int disk)
{
	unsigned int i;

	for (i = 0; i < storage->n_volumes; i++)
		if (storage->volumes[i]->kind == VOLUME_DISK &&
		    storage->volumes[i]->disk == disk)
			return storage->volumes[i];
	return NULL;
}

/* The only volume that begins with a superblock of dm-verity. */
static int find_superblock(const struct storage *storage,
			   struct volume **ret_volume, struct lkl_error *err)
{
	struct volume *found = NULL;
	unsigned int i;

	for (i = 0; i < storage->n_volumes; i++) {
		if (strcmp(storage->volumes[i]->probe.type, "DM_verity_hash"))
			continue;
		if (found)
			return error_set(err, -ENOTUNIQ,
					 "more than one hash tree: choose one with --verity-hash-device");
		found = storage->volumes[i];
	}
	if (!found)
		return error_set(err, -ENXIO,
				 "no hash tree found: say --verity-hash-offset, --verity-hash-image or --verity-hash-device");
	*ret_volume = found;
	return 0;
}

static int find_hashes(const struct storage *storage, struct volume *data,
		       struct volume **ret_volume, struct lkl_error *err)
{
	const struct verity_options *options = storage->options.verity;
	struct volume *volume = NULL;
	int ret;

	if (options->hash_device) {
		ret = storage_find(storage, options->hash_device, &volume, err);
		if (!ret)
			*ret_volume = innermost(volume);
		return ret;
	}
	if (options->hash_disk)
		volume = find_disk(storage, options->hash_disk);
	else if (options->has_offset)
		volume = data;
	else if (options->root_hash_size >= 32)
		volume = find_by_uuid(storage, options->root_hash +
				      options->root_hash_size - 16);
	if (!volume)
		return find_superblock(storage, ret_volume, err);
	*ret_volume = volume;
	return 0;
}

static int check_node(const struct volume *volume, struct lkl_error *err)
{
	if (*volume->node)
		return 0;
	return error_set(err, -ENODEV, "%s: %s", quote_name(volume->name),
			 volume->problem[0] ? volume->problem :
			 "the kernel has no such device");
}

/* ---- The mapping ---- */

static int read_superblock(const struct volume *volume, uint64_t offset,
			   struct verity_format *ret_format,
			   struct lkl_error *err)
{
	struct verity_superblock superblock;
	uint64_t size;
	int fd, ret = node_size(volume->node, &size, err);

	if (ret < 0)
		return ret;
	if (size < sizeof(superblock) || offset > size - sizeof(superblock))
		return error_set(err, -EINVAL,
				 "its end is before a superblock at byte %" PRIu64,
				 offset);
	fd = node_open(volume->node, LKL_O_RDONLY, err);
	if (fd < 0)
		return fd;
	ret = node_read(fd, &superblock, sizeof(superblock), offset);
	lkl_sys_close((unsigned int)fd);
	if (ret < 0)
		return error_set(err, ret, "cannot read its superblock: %s",
				 lkl_strerror(ret));
	return verity_superblock_parse(&superblock, ret_format, err);
}

static char *put_hex(char *to, const uint8_t *from, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++, to += 2)
		sprintf(to, "%02x", from[i]);
	return to;
}

static int map(const struct verity_options *options,
	       const struct verity_format *format, const struct volume *data,
	       const struct volume *hashes, uint64_t start,
	       char ret_node[MAPPER_NODE_MAX], struct lkl_error *err)
{
	char data_number[NODE_NUMBER_MAX], hash_number[NODE_NUMBER_MAX];
	char params[2 * VERITY_DIGEST_MAX + 2 * VERITY_SALT_MAX + 256];
	struct mapper_target target = { .type = "verity", .params = params };
	uint64_t size;
	char *end;
	int ret = node_size(data->node, &size, err);

	if (!ret)
		ret = node_number(data->node, data_number, err);
	if (!ret)
		ret = node_number(hashes->node, hash_number, err);
	if (ret < 0)
		return ret;
	if (format->data_blocks > size / format->data_block_size)
		return error_set(err, -EINVAL,
				 "the hash tree is for %" PRIu64
				 " bytes, more than the volume has",
				 format->data_blocks * format->data_block_size);
	target.length = format->data_blocks * format->data_block_size /
		MAPPER_SECTOR;
	end = params + sprintf(params, "%u %s %s %u %u %" PRIu64 " %" PRIu64
			       " %s ", format->hash_type, data_number,
			       hash_number, format->data_block_size,
			       format->hash_block_size, format->data_blocks,
			       start, format->algorithm);
	end = put_hex(end, options->root_hash, options->root_hash_size);
	*end++ = ' ';
	if (format->salt_size)
		end = put_hex(end, format->salt, format->salt_size);
	else
		*end++ = '-';
	*end = '\0';
	data_block_size = format->data_block_size;
	ret = mapper_create(DEVICE, NULL, &target, 1, MAPPER_READ_ONLY,
			    ret_node, err);
	return ret < 0 ? error_prefix(err, ret, "cannot map it with dm-verity") :
		0;
}

/* A block is good only if all above it are, up to the root hash. */
static int check_root_hash(const char *node, const struct verity_format *format,
			   uint64_t start, struct lkl_error *err)
{
	uint8_t block[4096];
	int fd = node_open(node, LKL_O_RDONLY, err), ret;
	struct lkl_error reason;

	if (fd < 0)
		return fd;
	ret = node_read(fd, block, format->data_block_size, 0);
	lkl_sys_close((unsigned int)fd);
	if (!ret || !verity_failure(&reason))
		return 0;
	/* Once is enough: no later sentence has to name the block. */
	atomic_store(&corrupt, false);
	if (format->data_blocks == 1 ||
	    (atomic_load(&corrupt_is_hash) &&
	     atomic_load(&corrupt_block) == start))
		return error_set(err, -EKEYREJECTED,
				 "the root hash does not match its hash tree");
	return error_set(err, -EIO, "%s", reason.text);
}

static int add_volume(struct storage *storage, struct volume *data,
		      struct volume *hashes, const char *node,
		      struct lkl_error *err)
{
	struct volume *const parents[] = { data, hashes }, *volume;
	int ret = volume_add(storage, VOLUME_VERIFIED, parents,
			     data == hashes ? 1 : 2, &volume, err);

	if (ret < 0)
		return ret;
	snprintf(volume->name, sizeof(volume->name), "%.250s:verified",
		 data->name);
	strcpy(volume->node, node);
	volume->read_only = true;
	storage->verified = volume;
	return 0;
}

static int add_above(struct storage *storage, struct volume *data,
		     struct volume *hashes, struct lkl_error *err)
{
	const struct verity_options *options = storage->options.verity;
	uint64_t offset = options->has_offset ? options->offset : 0, start;
	struct verity_format format;
	char node[MAPPER_NODE_MAX];
	int ret = read_superblock(hashes, offset, &format, err);

	if (ret < 0)
		return hashes == data ? ret :
			error_prefix(err, ret, "hash tree in %s",
				     quote_name(hashes->name));
	if (format.digest_size != options->root_hash_size)
		return error_set(err, -EINVAL,
				 "the root hash has %u bytes, but %s makes %u",
				 options->root_hash_size, format.algorithm,
				 format.digest_size);
	start = verity_hash_start(&format, offset);
	ret = map(options, &format, data, hashes, start, node, err);
	if (ret < 0)
		return ret;
	if (storage_made(storage, DEVICE) < 0) {
		mapper_remove(DEVICE, NULL);
		return error_no_memory(err);
	}
	ret = check_root_hash(node, &format, start, err);
	return ret < 0 ? ret : add_volume(storage, data, hashes, node, err);
}

int verity_add(struct storage *storage, struct lkl_error *err)
{
	struct volume *data = NULL, *hashes = NULL;
	int ret = find_data(storage, &data, err);

	if (!ret)
		ret = check_node(data, err);
	if (!ret)
		ret = find_hashes(storage, data, &hashes, err);
	if (!ret)
		ret = check_node(hashes, err);
	if (ret < 0)
		return ret;
	ret = add_above(storage, data, hashes, err);
	if (ret < 0 && data->kind != VOLUME_DISK)
		return error_prefix(err, ret, "%s%s",
				    data->kind == VOLUME_PARTITION ?
				    "partition " : "", quote_name(data->name));
	return ret;
}
