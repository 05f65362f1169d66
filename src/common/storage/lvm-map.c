// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvm-map.c - has the kernel inside map a logical volume.
 *
 * Each segment of a volume becomes a target of its mapped device (lvm-target.c).
 * A snapshot has a second device, on the device of its store and on that of its origin.
 */
#include "lvm-map.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "lvm-target.h"
#include "node.h"

#define DEPTH_MAX	8

static int make_device(struct lvm_mapping *mapping, const char *name,
		       const struct mapper_target *targets, unsigned int n,
		       bool writable, char number[NODE_NUMBER_MAX],
		       char ret_node[MAPPER_NODE_MAX], struct lkl_error *err)
{
	unsigned int flags = writable ? 0 : MAPPER_READ_ONLY;
	char node[MAPPER_NODE_MAX];
	int ret = mapper_create(name, NULL, targets, n, flags, node, err);

	if (ret < 0)
		return ret;
	ret = mapping->made(mapping->opaque, name);
	if (ret < 0) {
		mapper_remove(name, NULL);
		return error_no_memory(err);
	}
	ret = node_number(node, number, err);
	if (!ret)
		strcpy(ret_node, node);
	return ret;
}

/* The device of the volume itself: for a snapshot, the store of its blocks. */
static int map_own(struct lvm_mapping *mapping, struct lvm_logical *logical,
		   const char *name, char number[NODE_NUMBER_MAX],
		   char ret_node[MAPPER_NODE_MAX], struct lkl_error *err)
{
	struct mapper_target *targets = calloc(logical->n_segments,
					       sizeof(*targets));
	const uint64_t unit = mapping->group->extent_size;
	unsigned int i;
	int ret = 0;

	if (!targets)
		return error_no_memory(err);
	for (i = 0; i < logical->n_segments && !ret; i++) {
		targets[i].start = logical->segments[i].start * unit;
		targets[i].length = logical->segments[i].extents * unit;
		ret = lvm_target(mapping, logical, &logical->segments[i],
				  &targets[i], err);
	}
	if (!ret)
		ret = make_device(mapping, name, targets, logical->n_segments,
				  logical->writable || !logical->visible,
				  number, ret_node, err);
	/* Only the parameters are ours: types are constants, or the metadata's. */
	for (i = 0; i < logical->n_segments; i++)
		free((char *)targets[i].params);
	free(targets);
	return ret;
}

static int map_snapshot(struct lvm_mapping *mapping,
			const struct lvm_logical *logical,
			const struct lvm_segment *snapshot, const char *name,
			char store[NODE_NUMBER_MAX],
			char number[NODE_NUMBER_MAX],
			char ret_node[MAPPER_NODE_MAX], struct lkl_error *err)
{
	struct lvm_logical *origin;
	char params[128];
	struct mapper_target target = { 0, 0, "snapshot", params };
	int ret = lvm_map_part(mapping, lvm_string(snapshot->values, "origin"),
			   "an origin", &origin, err);

	if (ret < 0)
		return ret;
	snprintf(params, sizeof(params), "%s %s P %" PRIu64, origin->number,
		 store, lvm_number(snapshot->values, "chunk_size", 0));
	target.length = origin->extents * mapping->group->extent_size;
	return make_device(mapping, name, &target, 1, logical->writable,
			   number, ret_node, err);
}

/*
 * The device of a volume that has snapshots is in use by these.  Another one on
 * it is for the user.
 */
static int map_top(struct lvm_mapping *mapping,
		   const struct lvm_logical *logical, const char *name,
		   const char *number, char ret_node[MAPPER_NODE_MAX],
		   struct lkl_error *err)
{
	char params[64], unused[NODE_NUMBER_MAX];
	struct mapper_target target = { 0, 0, "linear", params };

	snprintf(params, sizeof(params), "%s 0", number);
	target.length = logical->extents * mapping->group->extent_size;
	return make_device(mapping, name, &target, 1, logical->writable, unused,
			   ret_node, err);
}

static int map_logical(struct lvm_mapping *mapping, struct lvm_logical *logical,
		       const char *name, char ret_node[MAPPER_NODE_MAX],
		       struct lkl_error *err)
{
	const struct lvm_segment *snapshot = lvm_find_snapshot(mapping->group,
							       logical->name);
	bool is_origin = lvm_has_snapshot(mapping->group, logical->name);
	char below[48], number[NODE_NUMBER_MAX];
	int ret;

	if (!(mapping->flags & (LVM_MAP_SCRATCH | LVM_MAP_READ_ONLY)) &&
	    (snapshot || is_origin))
		return error_set(err, -EROFS,
				 "snapshots and volumes that have some can only be read: say --snapshot");
	snprintf(below, sizeof(below), "%s-below", name);
	ret = map_own(mapping, logical, snapshot || is_origin ? below : name,
		      number, ret_node, err);
	if (!ret && snapshot)
		ret = map_snapshot(mapping, logical, snapshot, name, number,
				   number, ret_node, err);
	else if (!ret && is_origin)
		ret = map_top(mapping, logical, name, number, ret_node, err);
	if (!ret)
		strcpy(logical->number, number);
	return ret;
}

static void device_name(const struct lvm_mapping *mapping,
			const struct lvm_logical *logical, char *buf,
			size_t size)
{
	snprintf(buf, size, "lvm%u-%u", mapping->number,
		 (unsigned int)(logical - mapping->group->logicals));
}

int lvm_map(struct lvm_mapping *mapping, struct lvm_logical *logical,
	    char ret_node[MAPPER_NODE_MAX], struct lkl_error *err)
{
	char name[32];
	int ret;

	device_name(mapping, logical, name, sizeof(name));
	if (*logical->number) {
		snprintf(ret_node, MAPPER_NODE_MAX, "/dev/mapper/%s", name);
		return 0;
	}
	if (logical->busy || mapping->depth >= DEPTH_MAX)
		return error_set(err, -EINVAL,
				 "volume %s consists of itself, or of too many layers",
				 logical->name);
	logical->busy = true;
	mapping->depth++;
	ret = map_logical(mapping, logical, name, ret_node, err);
	mapping->depth--;
	logical->busy = false;
	return ret;
}

int lvm_map_part(struct lvm_mapping *mapping, const char *name, const char *of,
		 struct lvm_logical **ret_logical, struct lkl_error *err)
{
	struct lvm_logical *logical = name ?
		lvm_find_logical(mapping->group, name) : NULL;
	char node[MAPPER_NODE_MAX];
	int ret;

	if (!logical)
		return error_set(err, -EINVAL,
				 "the metadata name no volume for %s", of);
	ret = lvm_map(mapping, logical, node, err);
	if (ret < 0)
		return ret;
	*ret_logical = logical;
	return 0;
}
