// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk-names.c - the labels, flags and UUIDs of partitions, and the UUID of the disk.
 */
#include "disk-steps.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"

/*
 * The first half of the root hash is the UUID of the data, and the second half that of
 * the hashes, as in the Discoverable Partitions Specification.
 */
static void use_root_hash(struct disk *disk, size_t data)
{
	const struct definition *hash =
		layout_find_hash(&disk->layout, &disk->layout.at[data]);
	struct hash_tree *tree = &disk->trees[data];
	char *uuid;

	if (!hash)
		return;
	uuid = disk->entries[data].uuid;
	if (!*uuid)
		format_guid(tree->root, uuid);
	uuid = disk->entries[disk_index(disk, hash)].uuid;
	if (!*uuid)
		format_guid(tree->root + VERITY_DIGEST_SIZE - 16, uuid);
}

/* A fixed UUID is made of the type, the name, and the content. */
static int name_part(struct disk *disk, size_t i, struct lkl_error *err)
{
	struct part *part = &disk->parts[i];
	struct identifier digest = { { 0 } }, identifier;
	char text[256];
	int ret = 0;

	if (disk->entries[i].uuid[0])
		return 0;
	if (disk->fixed && part->content)
		ret = content_digest(output_self(part->content),
				     disk->arguments->common.sandbox,
				     &digest, err);
	if (ret < 0)
		return ret;
	snprintf(text, sizeof(text), "partition %zu %s %s", i,
		 part->definition->type.guid, part->label);
	ret = identifier_make(disk->fixed, text, &digest, &identifier, err);
	if (!ret)
		identifier_guid(&identifier, disk->entries[i].uuid);
	return ret;
}

static int name_disk(struct disk *disk, struct lkl_error *err)
{
	const char *uuid = disk->arguments->file_system.identity.uuid;
	struct identifier identifier = { { 0 } };
	size_t i;
	int ret;

	if (uuid) {
		guid_parse(uuid, disk->table.id);
		return 0;
	}
	ret = identifier_make(disk->fixed, "disk", NULL, &identifier, err);
	for (i = 0; i < disk->layout.n && !ret; i++)
		ret = identifier_make(disk->fixed, disk->entries[i].uuid,
				      &identifier, &identifier, err);
	if (!ret && disk->table.dos)
		snprintf(disk->table.id, sizeof(disk->table.id),
			 "0x%02x%02x%02x%02x", identifier.bytes[0],
			 identifier.bytes[1], identifier.bytes[2],
			 identifier.bytes[3]);
	else if (!ret)
		identifier_guid(&identifier, disk->table.id);
	return ret;
}

int disk_name_all(struct disk *disk, struct lkl_error *err)
{
	const struct definition *definition;
	size_t i;
	int ret = 0;

	for (i = 0; i < disk->layout.n; i++) {
		definition = &disk->layout.at[i];
		disk->entries[i] = (struct table_entry){
			.start = disk->extents[i].start,
			.size = disk->extents[i].partition.size,
			.type = &definition->type,
			.label = disk->parts[i].label,
			.flags = definition_flags(definition),
		};
		memcpy(disk->entries[i].uuid, definition->uuid,
		       sizeof(definition->uuid));
	}
	for (i = 0; i < disk->layout.n; i++)
		use_root_hash(disk, i);
	for (i = 0; i < disk->layout.n && !ret; i++)
		ret = name_part(disk, i, err);
	return ret < 0 ? ret : name_disk(disk, err);
}
