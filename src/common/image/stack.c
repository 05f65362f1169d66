// SPDX-License-Identifier: GPL-2.0-only
/*
 * stack.c - what a session needs of the storage stack: when to use it, and how to
 * mount a volume.
 */
#include "stack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "superblock.h"

/* "/dev/md/x", "vg/lv", "2:decrypted:1"; a partition is a number or a tag. */
static bool names_volume(const char *which)
{
	return which && !strchr(which, '=') && strpbrk(which, "/:");
}

bool stack_is_wanted(const struct common_options *options)
{
	return options->n_disks || options->volume ||
		options->verity.root_hash_size ||
		key_options_unmarked(&options->keys) ||
		options->keys.n_unlock || names_volume(options->partition);
}

bool stack_is_member(struct lkl_disk *disk, uint64_t offset,
		     const struct probe *probe)
{
	if (probe_is_member(probe))
		return true;
	return !strcmp(probe->type, "btrfs") &&
		superblock_btrfs_devices(disk, offset) > 1;
}

int stack_open(struct lkl_disk *const *disks, unsigned int n_disks,
	       const struct common_options *options, unsigned int flags,
	       struct unlocker *unlocker, struct storage **ret_storage,
	       struct lkl_error *err)
{
	const struct storage_options wanted = {
		.scratch = flags & STACK_SCRATCH,
		.degraded = options->degraded,
		.which = options->volume ? options->volume : options->partition,
		.unlock = unlocker_open,
		.unlock_wanted = unlocker_wants,
		.open_all = ((flags & STACK_LIST) && options->keys.n_sources) ||
			(options->system && !options->keys.n_unlock),
		.unmarked = key_options_unmarked(&options->keys),
		.list_only = flags & STACK_LIST,
		.opaque = unlocker,
		.verity = &options->verity,
	};
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n_disks && !ret; i++)
		ret = lkl_disk_add(disks[i], err);
	if (!ret)
		ret = storage_discover(disks, n_disks, &wanted, ret_storage,
				       err);
	if (!ret && unlocker)
		unlocker_check_names(unlocker, *ret_storage);
	return ret;
}

int stack_check_writing(const struct volume *volume, struct lkl_error *err)
{
	unsigned int i;
	int ret = 0;

	if (volume->read_only && volume->degraded)
		return error_set(err, -EROFS,
				 "%s lacks a member: say --degraded to write to it, or --snapshot",
				 volume->name);
	if (volume->read_only)
		return error_set(err, -EROFS, "%s can only be read",
				 volume->name);
	for (i = 0; i < volume->n_parents && !ret; i++)
		ret = stack_check_writing(volume->parents[i], err);
	return ret;
}

static char *append(char *list, const char *name, const char *value)
{
	size_t len = strlen(list) + strlen(name) + strlen(value) + 2;
	char *longer = malloc(len);

	if (longer)
		snprintf(longer, len, "%s%s%s%s", list, *list ? "," : "", name,
			 value);
	free(list);
	return longer;
}

char *stack_mount_options(const struct storage *storage,
			  const struct volume *volume, bool degraded,
			  char *options)
{
	const struct volume *other;
	unsigned int i;

	if (strcmp(volume->probe.type, "btrfs") != 0)
		return options;
	if (degraded)
		options = append(options, "degraded", "");
	for (i = 0; options && i < storage_count(storage); i++) {
		other = storage_volume(storage, i);
		if (other != volume && *other->node &&
		    !strcmp(other->probe.type, "btrfs") &&
		    !strcmp(other->probe.uuid, volume->probe.uuid))
			options = append(options, "device=", other->node);
	}
	return options;
}

int stack_mount(const char *node, const char *type, unsigned long flags,
		const char *options, char *ret_root, size_t size,
		struct lkl_error *err)
{
	static unsigned int count;
	char root[64], all[4096];
	long ret;

	/* The kernel copies a page of options. */
	if (strlen(options) >= sizeof(all))
		return error_set(err, -E2BIG, "mount options are too long");
	strcpy(all, options);
	snprintf(root, sizeof(root), "/mnt/volume%u", count++);
	lkl_sys_mkdirat(LKL_AT_FDCWD, "/mnt", 0700);
	ret = lkl_sys_mkdirat(LKL_AT_FDCWD, root, 0700);
	if (!ret)
		ret = lkl_sys_mount((char *)node, root, (char *)type, flags,
				    all);
	if (ret < 0)
		return error_set(err, (int)ret, "cannot mount as %s: %s", type,
				 lkl_strerror((int)ret));
	snprintf(ret_root, size, "%s", root);
	return 0;
}
