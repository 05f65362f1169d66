// SPDX-License-Identifier: GPL-2.0-only
/*
 * discoverable.c - partitions whose type says where they are mounted.
 */
#include "discoverable.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/image/partition-type.h"
#include "systems.h"

/* Flags of partitions of the types in the specification. */
#define FLAG_NO_AUTO	(1ull << 63)
#define FLAG_READ_ONLY	(1ull << 60)

static bool parse_type(const struct volume *volume,
		       struct partition_type *ret_type)
{
	return volume->kind == VOLUME_PARTITION && *volume->type &&
		type_parse(volume->type, ret_type);
}

bool discoverable_is_root(const struct volume *partition)
{
	struct partition_type type;

	return parse_type(partition, &type) && type_is_root(&type) &&
		!(partition->flags & FLAG_NO_AUTO);
}

/* The first partition of this type on the disk of another one; NULL: none. */
static const struct volume *find_type(const struct storage *storage,
				      const struct volume *beside,
				      const char *name, const char *uuid)
{
	struct partition_type type;
	const struct volume *volume;
	unsigned int i;

	for (i = 0; i < storage_count(storage); i++) {
		volume = storage_volume(storage, i);
		if (parse_type(volume, &type) && !strcmp(type.name, name) &&
		    volume->parents[0] == beside->parents[0] &&
		    (!uuid || !strcasecmp(volume->uuid, uuid)))
			return volume;
	}
	return NULL;
}

/* "usr-x86-64" for a root of that architecture. */
static void name_usr(const struct volume *root, char *name, size_t size)
{
	struct partition_type type;
	const char *architecture = types_architecture();

	if (parse_type(root, &type) && type_is_root(&type))
		architecture = type.name + strlen("root-");
	snprintf(name, size, "usr-%s", architecture);
}

static void add(struct discoverable *found, unsigned int *n,
		const struct volume *partition, const char *target)
{
	if (!partition || (partition->flags & FLAG_NO_AUTO))
		return;
	found[(*n)++] = (struct discoverable){
		.volume = storage_descend(partition), .target = target,
		.read_only = partition->flags & FLAG_READ_ONLY,
	};
}

unsigned int discoverable_find(const struct storage *storage,
			       const struct volume *root,
			       const char *machine_id,
			       struct discoverable found[DISCOVERABLE_MAX])
{
	static const struct {
		const char *name, *target;
	} simple[] = {
		{ "home", "/home" }, { "srv", "/srv" }, { "tmp", "/var/tmp" },
	};
	const struct volume *partition = system_partition(root), *boot;
	char usr[40], uuid[GUID_TEXT_MAX];
	unsigned int n = 0, i;

	if (!partition || !*partition->type)
		return 0;
	name_usr(partition, usr, sizeof(usr));
	add(found, &n, find_type(storage, partition, usr, NULL), "/usr");
	if (discoverable_var_uuid(machine_id, uuid))
		add(found, &n, find_type(storage, partition, "var", uuid),
		    "/var");
	for (i = 0; i < sizeof(simple) / sizeof(*simple); i++)
		add(found, &n, find_type(storage, partition, simple[i].name,
					 NULL), simple[i].target);
	boot = find_type(storage, partition, "xbootldr", NULL);
	add(found, &n, boot, "/boot");
	partition = find_type(storage, partition, "esp", NULL);
	/* The specification defines the flags for all types but this. */
	if (partition) {
		found[n++] = (struct discoverable){ partition, "/efi", false };
		if (!boot)
			found[n++] = (struct discoverable){
				partition, "/boot", false };
	}
	return n;
}
