// SPDX-License-Identifier: GPL-2.0-only
/*
 * storage.c - find all volumes on disks.
 *
 * A volume that may hold others is expanded once: a disk or an array into
 * partitions, an encrypted volume into the one that it hides.  When no volume is left,
 * the arrays whose members were found are started, then the volumes of LVM are mapped,
 * then an encrypted volume is opened if it is needed.  Each time, the new volumes are
 * expanded in turn.  The volume that a root hash is for comes last.
 */
#include "storage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl/linux/fs.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/image/gpt.h"
#include "common/image/partition.h"
#include "common/image/probe-copy.h"
#include "encrypted.h"
#include "node.h"
#include "verity.h"

#define VOLUMES_MAX	4096u

static int append(struct volume ***list, unsigned int *n, struct volume *volume)
{
	struct volume **larger = realloc(*list, (*n + 1) * sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	*list = larger;
	larger[(*n)++] = volume;
	return 0;
}

int volume_add(struct storage *storage, enum volume_kind kind,
	       struct volume *const *parents, unsigned int n_parents,
	       struct volume **ret_volume, struct lkl_error *err)
{
	struct volume *volume;
	unsigned int i;

	if (storage->n_volumes >= VOLUMES_MAX)
		return error_set(err, -E2BIG, "more than %u volumes",
				 VOLUMES_MAX);
	volume = calloc(1, sizeof(*volume));
	if (!volume ||
	    append(&storage->volumes, &storage->n_volumes, volume) < 0) {
		free(volume);
		return error_no_memory(err);
	}
	volume->kind = kind;
	for (i = 0; i < n_parents; i++)
		if (append(&volume->parents, &volume->n_parents,
			   parents[i]) < 0 ||
		    append(&parents[i]->children, &parents[i]->n_children,
			   volume) < 0)
			return error_no_memory(err);
	if (n_parents)
		volume->disk = parents[0]->disk;
	*ret_volume = volume;
	return 0;
}

int storage_made(void *opaque, const char *name)
{
	struct storage *storage = opaque;
	char **larger = realloc(storage->made, (storage->n_made + 1) *
				sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	storage->made = larger;
	larger[storage->n_made] = strdup(name);
	if (!larger[storage->n_made])
		return -ENOMEM;
	storage->n_made++;
	return 0;
}

int volume_read_at(void *fd, void *buf, size_t len, uint64_t offset)
{
	return node_read(*(const int *)fd, buf, len, offset);
}

/* "2" on the first disk, "3:2" on the third, "/dev/md/NAME:2" on an array. */
static void name_partition(struct volume *volume, const struct volume *parent)
{
	if (parent->kind == VOLUME_DISK && !parent->disk)
		snprintf(volume->name, sizeof(volume->name), "%u",
			 volume->number);
	else if (parent->kind == VOLUME_DISK)
		snprintf(volume->name, sizeof(volume->name), "%u:%u",
			 parent->disk + 1, volume->number);
	else
		snprintf(volume->name, sizeof(volume->name), "%.260s:%u",
			 parent->name, volume->number);
}

/*
 * The node of a partition: the kernel's, or a mapped device.
 * @sector_size: of the table
 */
static int open_partition(struct storage *storage, struct volume *volume,
			  const struct volume *parent, unsigned int sector_size,
			  struct lkl_error *err)
{
	char number[NODE_NUMBER_MAX], params[64], name[32];
	struct mapper_target target = { 0, 0, "linear", params };
	int ret;

	if (parent->kind == VOLUME_DISK && sector_size ==
	    lkl_disk_sector_size(storage->disks[parent->disk]))
		return lkl_disk_node(storage->disks[parent->disk],
				     volume->number, volume->node,
				     sizeof(volume->node), err);
	ret = node_number(parent->node, number, err);
	if (ret < 0)
		return ret;
	snprintf(params, sizeof(params), "%s %" PRIu64, number,
		 volume->offset / MAPPER_SECTOR);
	snprintf(name, sizeof(name), "part%u", storage->n_made);
	target.length = volume->size / MAPPER_SECTOR;
	ret = mapper_create(name, NULL, &target, 1, 0, volume->node, err);
	if (!ret && storage_made(storage, name) < 0)
		return error_no_memory(err);
	return ret;
}

static int add_partition(struct storage *storage, struct volume *parent,
			 const struct partition *partition,
			 unsigned int sector_size, struct lkl_error *err)
{
	struct lkl_error reason = { "" };
	struct volume *volume;
	int ret = volume_add(storage, VOLUME_PARTITION, &parent, 1, &volume,
			     err);

	if (ret < 0)
		return ret;
	volume->number = partition->number;
	volume->offset = partition->offset;
	volume->size = partition->size;
	volume->probe = partition->probe;
	strcpy(volume->uuid, partition->uuid);
	strcpy(volume->label, partition->name);
	strcpy(volume->type, partition->type);
	volume->flags = partition->flags;
	name_partition(volume, parent);
	ret = open_partition(storage, volume, parent, sector_size, &reason);
	if (ret == -ENOMEM)
		return error_no_memory(err);
	if (ret < 0) {
		volume->node[0] = '\0';
		snprintf(volume->problem, sizeof(volume->problem), "%.300s",
			 reason.text);
	}
	/* That is why the kernel does not find it. */
	partition_problem(partition, volume->problem);
	return 0;
}

/*
 * Is the volume a member of others?  A partition table in it then belongs to one of
 * those, as on an array with its superblock at the end.
 */
static bool is_container(const struct probe *probe)
{
	return probe->type[0] && !probe->is_filesystem;
}

static int expand_table(struct storage *storage, struct volume *volume,
			const struct probe_source *source,
			struct lkl_error *err)
{
	struct partition_table table = { 0 };
	struct lkl_error reason = { "" };
	char problem[GPT_PROBLEM_MAX];
	unsigned int i;
	int ret;

	ret = partition_read(source, &volume->probe, &table, &reason);
	if (ret < 0) {
		snprintf(volume->problem, sizeof(volume->problem), "%.300s",
			 reason.text);
		return ret == -ENOMEM ? error_no_memory(err) : 0;
	}
	ret = 0;
	if (!table.n && !volume->probe.type[0] && gpt_problem(source, problem))
		strcpy(volume->problem, problem);
	if (table.cut_extended)
		snprintf(volume->problem, sizeof(volume->problem),
			 "the extended partition %u goes past the end of the disk, and partitions there are not listed",
			 table.cut_extended);
	if (!is_container(&volume->probe))
		for (i = 0; i < table.n && !ret; i++)
			ret = add_partition(storage, volume, &table.at[i],
					    table.sector_size, err);
	free(table.at);
	return ret;
}

static int expand_node(struct storage *storage, struct volume *volume,
		       struct lkl_error *err)
{
	struct lkl_error reason = { "" };
	int fd = node_open(volume->node, LKL_O_RDONLY, &reason);
	struct probe_source source = {
		.sector_size = MAPPER_SECTOR,
		.read = volume_read_at, .opaque = &fd,
	};
	int sector = MAPPER_SECTOR, ret;

	ret = fd < 0 ? fd : node_size(volume->node, &source.size, &reason);
	if (ret < 0) {
		snprintf(volume->problem, sizeof(volume->problem), "%.300s",
			 reason.text);
		return 0;
	}
	if (!lkl_sys_ioctl((unsigned int)fd, LKL_BLKSSZGET,
			   (unsigned long)&sector))
		source.sector_size = (unsigned int)sector;
	volume->size = source.size;
	ret = expand_table(storage, volume, &source, err);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

static int expand(struct storage *storage, struct volume *volume,
		  struct lkl_error *err)
{
	const struct probe_source source = volume->kind == VOLUME_DISK ?
		probe_source_disk(storage->disks[volume->disk]) :
		(struct probe_source){ .size = 0 };
	int ret = 0;

	if (volume->kind == VOLUME_DISK)
		ret = expand_table(storage, volume, &source, err);
	else if (volume->kind != VOLUME_PARTITION && *volume->node)
		ret = expand_node(storage, volume, err);
	if (!ret && !strcmp(volume->probe.type, "crypto_LUKS"))
		ret = encrypted_add(storage, volume, err);
	return ret;
}

/* Members of arrays and groups wait until all of them are found. */
static bool waits_for_others(const struct volume *volume)
{
	return !strcmp(volume->probe.type, "linux_raid_member") ||
		!strcmp(volume->probe.type, "LVM2_member");
}

/* The last resort: the user's file system may be in an encrypted volume. */
static int expand_needed(struct storage *storage, bool *ret_added,
			 struct lkl_error *err)
{
	struct volume *opened = NULL;
	int ret = storage->options.unmarked && !storage->has_unmarked ?
		encrypted_add_unmarked(storage, &opened, err) :
		encrypted_open_needed(storage, &opened, err);

	if (ret < 0 || !opened)
		return ret;
	ret = expand(storage, opened, err);
	opened->expanded = !waits_for_others(opened);
	*ret_added = true;
	return ret;
}

static bool is_to_verify(const struct storage *storage)
{
	return storage->options.verity &&
		storage->options.verity->root_hash_size && !storage->verified;
}

static int expand_all(struct storage *storage, struct lkl_error *err)
{
	bool added = true;
	unsigned int done = 0;
	int ret = 0;

	while (added && !ret) {
		for (; done < storage->n_volumes && !ret; done++) {
			struct volume *volume = storage->volumes[done];

			ret = expand(storage, volume, err);
			volume->expanded = !waits_for_others(volume);
		}
		added = false;
		if (!ret)
			ret = arrays_add(storage, &added, err);
		if (!ret && !added)
			ret = lvm_add(storage, &added, err);
		if (!ret && !added)
			ret = expand_needed(storage, &added, err);
		if (!ret && !added && is_to_verify(storage)) {
			ret = verity_add(storage, err);
			added = true;
		}
	}
	return ret;
}

static int add_disk(struct storage *storage, unsigned int i,
		    struct lkl_error *err)
{
	struct volume *volume;
	int ret = volume_add(storage, VOLUME_DISK, NULL, 0, &volume, err);

	if (ret < 0)
		return ret;
	volume->disk = i;
	volume->size = lkl_disk_size(storage->disks[i]);
	snprintf(volume->name, sizeof(volume->name), i ? "%u:0" : "0", i + 1);
	return lkl_disk_node(storage->disks[i], 0, volume->node,
			     sizeof(volume->node), err);
}

int storage_discover(struct lkl_disk *const *disks, unsigned int n_disks,
		     const struct storage_options *options,
		     struct storage **ret_storage, struct lkl_error *err)
{
	struct storage *storage = calloc(1, sizeof(*storage));
	unsigned int i;
	int ret = 0;

	if (!storage)
		return error_no_memory(err);
	storage->options = *options;
	storage->disks = disks;
	for (i = 0; i < n_disks && !ret; i++)
		ret = add_disk(storage, i, err);
	if (!ret)
		ret = expand_all(storage, err);
	if (!ret)
		btrfs_check(storage);
	if (ret < 0)
		storage_close(storage);
	else
		*ret_storage = storage;
	return ret;
}

static void free_volume(struct volume *volume)
{
	free(volume->parents);
	free(volume->children);
	free(volume);
}

void storage_close(struct storage *storage)
{
	char *name;

	if (!storage)
		return;
	while (storage->n_made) {
		name = storage->made[--storage->n_made];
		if (*name == '/')
			array_stop(name);
		else
			mapper_remove(name, NULL);
		free(name);
	}
	free(storage->made);
	while (storage->n_groups)
		lvm_group_free(storage->groups[--storage->n_groups]);
	free(storage->groups);
	while (storage->n_volumes)
		free_volume(storage->volumes[--storage->n_volumes]);
	free(storage->volumes);
	free(storage);
}

unsigned int storage_count(const struct storage *storage)
{
	return storage->n_volumes;
}

const struct volume *storage_volume(const struct storage *storage,
				    unsigned int i)
{
	return storage->volumes[i];
}

const char *volume_kind_name(enum volume_kind kind)
{
	static const char *const names[] = {
		[VOLUME_DISK] = "disk",
		[VOLUME_PARTITION] = "partition",
		[VOLUME_ARRAY] = "array",
		[VOLUME_LOGICAL] = "volume",
		[VOLUME_DECRYPTED] = "decrypted",
		[VOLUME_VERIFIED] = "verified",
	};

	return names[kind];
}
