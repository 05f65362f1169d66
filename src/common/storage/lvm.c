// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvm.c - find the volume groups of LVM, and map their volumes.
 *
 * Each physical volume has copies of the metadata of its group, of which the one
 * with the highest sequence number counts.  Nothing is ever written to them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "lvm-map.h"
#include "node.h"
#include "storage.h"

static bool is_member(const struct volume *volume)
{
	return !volume->expanded && *volume->node &&
		!strcmp(volume->probe.type, "LVM2_member");
}

/* Adds @group; of two copies of one group, the newer one stays.  Takes @group. */
static int keep_newest(struct storage *storage, struct lvm_group *group,
		       unsigned int first, struct lkl_error *err)
{
	struct lvm_group **larger;
	unsigned int i;

	for (i = first; i < storage->n_groups; i++) {
		if (strcmp(storage->groups[i]->id, group->id) != 0)
			continue;
		if (storage->groups[i]->sequence < group->sequence) {
			lvm_group_free(storage->groups[i]);
			storage->groups[i] = group;
		} else {
			lvm_group_free(group);
		}
		return 0;
	}
	larger = realloc(storage->groups, (storage->n_groups + 1) *
			 sizeof(*larger));
	if (!larger) {
		lvm_group_free(group);
		return error_no_memory(err);
	}
	storage->groups = larger;
	larger[storage->n_groups++] = group;
	return 0;
}

static void set_problem(struct volume *volume, const char *text)
{
	snprintf(volume->problem, sizeof(volume->problem), "%.300s", text);
}

static int read_label(struct volume *volume, struct lvm_label *ret_label,
		      struct lkl_error *err)
{
	int fd = node_open(volume->node, LKL_O_RDONLY, err), ret;
	struct probe_source source = {
		.size = volume->size, .sector_size = MAPPER_SECTOR,
		.read = volume_read_at, .opaque = &fd,
	};

	if (fd < 0)
		return fd;
	ret = lvm_label_read(&source, ret_label, err);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

/* Read the copies on one physical volume. */
static int read_groups(struct storage *storage, struct volume *volume,
		       unsigned int first, char id[LVM_ID_MAX],
		       struct lkl_error *err)
{
	struct lkl_error reason = { "" };
	struct lvm_group *group;
	struct lvm_label label;
	unsigned int i;
	int ret = read_label(volume, &label, &reason);

	if (ret < 0) {
		set_problem(volume, reason.text);
		return 0;
	}
	strcpy(id, label.id);
	if (*label.damage)
		set_problem(volume, label.damage);
	for (i = 0; i < label.n_copies; i++) {
		ret = lvm_group_parse(label.copies[i].text,
				      label.copies[i].len, &group, &reason);
		if (ret == -EINVAL)
			set_problem(volume, reason.text);
		else if (!ret)
			ret = keep_newest(storage, group, first, err);
		if (ret < 0 && ret != -EINVAL)
			break;
		ret = 0;
	}
	lvm_label_free(&label);
	return ret == -ENOMEM ? error_no_memory(err) : ret;
}

/* Tell the groups that a volume is one of their physical volumes. */
static int place(struct storage *storage, const struct volume *volume,
		 unsigned int first, const char *id, struct lkl_error *err)
{
	struct lvm_physical *physical;
	unsigned int i, j;
	int ret;

	for (i = first; i < storage->n_groups; i++) {
		for (j = 0; j < storage->groups[i]->n_physicals; j++) {
			physical = &storage->groups[i]->physicals[j];
			if (strcmp(physical->id, id) != 0)
				continue;
			ret = node_number(volume->node, physical->number, err);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

/* "vg/lv:1" is in "vg/lv". */
static bool is_wanted(const struct volume *volume, const char *which)
{
	char name[VOLUME_NAME_MAX];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(which, ":"), which);
	return volume_is_named(volume, name);
}

static int add_volume(struct storage *storage, const struct lvm_group *group,
		      const struct lvm_logical *logical,
		      struct volume *const *parents, unsigned int n_parents,
		      struct lkl_error *err)
{
	struct volume *volume;
	int ret = volume_add(storage, VOLUME_LOGICAL, parents, n_parents,
			     &volume, err);

	if (ret < 0)
		return ret;
	snprintf(volume->name, sizeof(volume->name), "%s/%s", group->name,
		 logical->name);
	strcpy(volume->uuid, logical->id);
	volume->size = logical->extents * group->extent_size * MAPPER_SECTOR;
	volume->read_only = !logical->writable;
	return 0;
}

static int map_volume(struct lvm_mapping *mapping, struct lvm_logical *logical,
		      struct volume *volume, struct lkl_error *err)
{
	struct lkl_error reason = { "" };
	int ret;

	mapping->degraded = false;
	ret = lvm_map(mapping, logical, volume->node, &reason);
	volume->degraded = mapping->degraded;
	if (ret < 0) {
		volume->node[0] = '\0';
		set_problem(volume, reason.text);
	}
	return ret == -ENOMEM ? error_no_memory(err) : 0;
}

static int add_group(struct storage *storage, unsigned int number,
		     struct volume *const *parents, unsigned int n_parents,
		     struct lkl_error *err)
{
	struct lvm_mapping mapping = {
		.group = storage->groups[number],
		.number = number,
		.made = storage_made,
		.opaque = storage,
	};
	const char *which = storage->options.which;
	unsigned int first = storage->n_volumes, i;
	struct lvm_logical *logical;
	struct volume *volume;
	bool any = false;
	int ret = 0;

	if (storage->options.scratch)
		mapping.flags |= LVM_MAP_SCRATCH;
	if (storage->options.degraded)
		mapping.flags |= LVM_MAP_DEGRADED;
	for (i = 0; i < mapping.group->n_logicals && !ret; i++) {
		logical = &mapping.group->logicals[i];
		if (lvm_is_volume(mapping.group, logical))
			ret = add_volume(storage, mapping.group, logical,
					 parents, n_parents, err);
	}
	for (i = first; which && i < storage->n_volumes; i++)
		any |= is_wanted(storage->volumes[i], which);
	for (i = 0; i < mapping.group->n_logicals && !ret; i++) {
		logical = &mapping.group->logicals[i];
		if (!lvm_is_volume(mapping.group, logical))
			continue;
		volume = storage->volumes[first++];
		if (any && !is_wanted(volume, which))
			set_problem(volume, "not mapped");
		else
			ret = map_volume(&mapping, logical, volume, err);
	}
	return ret;
}

/* The volumes whose id is among the group's. */
static unsigned int find_parents(const struct lvm_group *group,
				 struct volume *const *members,
				 char (*ids)[LVM_ID_MAX], unsigned int n,
				 struct volume **ret_parents)
{
	unsigned int i, j, found = 0;

	for (i = 0; i < n; i++) {
		for (j = 0; j < group->n_physicals; j++)
			if (!strcmp(group->physicals[j].id, ids[i]))
				break;
		if (j < group->n_physicals)
			ret_parents[found++] = members[i];
	}
	return found;
}

int lvm_add(struct storage *storage, bool *ret_added, struct lkl_error *err)
{
	unsigned int first = storage->n_groups, before = storage->n_volumes;
	unsigned int n = 0, i;
	struct volume **members = calloc(before, sizeof(*members));
	struct volume **parents = calloc(before, sizeof(*parents));
	char (*ids)[LVM_ID_MAX] = calloc(before, sizeof(*ids));
	int ret = 0;

	if (!members || !parents || !ids)
		ret = error_no_memory(err);
	for (i = 0; i < before && !ret; i++) {
		if (!is_member(storage->volumes[i]))
			continue;
		members[n] = storage->volumes[i];
		members[n]->expanded = true;
		ret = read_groups(storage, members[n], first, ids[n], err);
		n++;
	}
	for (i = 0; i < n && !ret; i++)
		ret = place(storage, members[i], first, ids[i], err);
	for (i = first; i < storage->n_groups && !ret; i++)
		ret = add_group(storage, i, parents,
				find_parents(storage->groups[i], members, ids,
					     n, parents), err);
	*ret_added = storage->n_volumes > before;
	free(members);
	free(parents);
	free(ids);
	return ret;
}
