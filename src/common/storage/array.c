// SPDX-License-Identifier: GPL-2.0-only
/*
 * array.c - starts the arrays of md whose members were found.
 *
 * The kernel reads the superblocks of the members itself, and leaves out those
 * that are older than others.  It writes nothing before the first write to the
 * array, because of its parameter md_mod.start_ro.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl/linux/major.h>
#include <lkl/linux/raid/md_u.h>

#include "common/error.h"
#include "common/image/klog.h"
#include "node.h"
#include "storage.h"

static bool is_member(const struct volume *volume)
{
	return !volume->expanded && *volume->node &&
		!strcmp(volume->probe.type, "linux_raid_member");
}

/* Collect the members of one array. */
static unsigned int find_members(struct storage *storage, const char *uuid,
				 struct volume **members)
{
	unsigned int i, n = 0;

	for (i = 0; i < storage->n_volumes; i++) {
		struct volume *volume = storage->volumes[i];

		if (!is_member(volume) || strcmp(volume->probe.uuid, uuid) != 0)
			continue;
		volume->expanded = true;
		members[n++] = volume;
	}
	return n;
}

/* The label without the name of the host that made it, or the start of the UUID. */
static void name_array(struct volume *array, const struct probe *member)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-+";
	const char *name = strchr(member->label, ':');

	name = name ? name + 1 : member->label;
	if (*name && strlen(name) < 64 && name[strspn(name, letters)] == '\0')
		snprintf(array->name, sizeof(array->name), "/dev/md/%s", name);
	else
		snprintf(array->name, sizeof(array->name), "/dev/md/%.8s",
			 member->uuid);
	strcpy(array->uuid, member->uuid);
}

/* The version of the superblock, "1.2" or "0.90.0", as the kernel counts it. */
static int parse_version(const char *version, lkl_mdu_array_info_t *info)
{
	int major, minor;

	if (sscanf(version, "%d.%d", &major, &minor) != 2)
		return -EINVAL;
	info->major_version = major;
	info->minor_version = minor;
	return 0;
}

static int assemble(int fd, struct volume *const *members, unsigned int n,
		    struct lkl_error *err)
{
	lkl_mdu_array_info_t info = { .raid_disks = 0 };
	unsigned int i, added = 0;
	long ret;

	if (parse_version(members[0]->probe.version, &info) < 0)
		return error_set(err, -EINVAL, "metadata of version %s",
				 members[0]->probe.version);
	ret = lkl_sys_ioctl((unsigned int)fd, LKL_SET_ARRAY_INFO,
			    (unsigned long)&info);
	for (i = 0; i < n && ret >= 0; i++) {
		lkl_mdu_disk_info_t disk = { .number = 0 };
		char number[NODE_NUMBER_MAX];

		ret = node_number(members[i]->node, number, err);
		if (ret < 0 ||
		    sscanf(number, "%d:%d", &disk.major, &disk.minor) != 2)
			continue;
		/* The kernel says in its log why it refuses a member. */
		if (lkl_sys_ioctl((unsigned int)fd, LKL_ADD_NEW_DISK,
				  (unsigned long)&disk) >= 0)
			added++;
	}
	if (ret >= 0 && !added)
		ret = -LKL_EINVAL;
	if (ret >= 0)
		ret = lkl_sys_ioctl((unsigned int)fd, LKL_RUN_ARRAY, 0);
	return ret < 0 ? error_set(err, (int)ret, "the array cannot be started: %s",
				   lkl_strerror((int)ret)) : 0;
}

static void look_at(int fd, const struct storage *storage, struct volume *array)
{
	lkl_mdu_array_info_t info = { .raid_disks = 0 };

	if (lkl_sys_ioctl((unsigned int)fd, LKL_GET_ARRAY_INFO,
			  (unsigned long)&info) < 0)
		return;
	array->degraded = info.level > 0 && info.active_disks < info.raid_disks;
	if (array->degraded && !storage->options.scratch &&
	    !storage->options.degraded)
		array->read_only = true;
}

static int start_array(struct storage *storage, struct volume *array,
		       struct volume *const *members, unsigned int n,
		       unsigned int minor, struct lkl_error *err)
{
	struct lkl_error reason = { "" };
	uint64_t mark = klog_mark();
	char node[32], text[256];
	int fd, ret;

	snprintf(node, sizeof(node), "/dev/md%u", minor);
	ret = node_make(node, LKL_S_IFBLK | 0600, LKL_MD_MAJOR << 8 | minor,
			err);
	if (ret < 0)
		return ret;
	/* The first open makes the device. */
	fd = node_open(node, LKL_O_RDWR, &reason);
	ret = fd < 0 ? fd : assemble(fd, members, n, &reason);
	if (!ret)
		look_at(fd, storage, array);
	else if (fd >= 0)
		lkl_sys_ioctl((unsigned int)fd, LKL_STOP_ARRAY, 0);
	if (fd >= 0)
		lkl_sys_close((unsigned int)fd);
	if (!ret && storage_made(storage, node) < 0)
		return error_no_memory(err);
	if (!ret) {
		strcpy(array->node, node);
		return 0;
	}
	if (!klog_reason(&mark, text, sizeof(text)))
		text[0] = '\0';
	snprintf(array->problem, sizeof(array->problem), "%.100s%s%.200s%s",
		 reason.text, *text ? " (kernel: " : "", text,
		 *text ? ")" : "");
	return 0;
}

int arrays_add(struct storage *storage, bool *ret_added, struct lkl_error *err)
{
	unsigned int before = storage->n_volumes, minor = 0, i, n;
	struct volume **members = calloc(before, sizeof(*members)), *array;
	int ret = 0;

	if (!members)
		return error_no_memory(err);
	for (i = 0; i < storage->n_made; i++)
		minor += storage->made[i][0] == '/';
	for (i = 0; i < before && !ret; i++) {
		if (!is_member(storage->volumes[i]))
			continue;
		n = find_members(storage, storage->volumes[i]->probe.uuid,
				 members);
		ret = volume_add(storage, VOLUME_ARRAY, members, n, &array, err);
		if (ret < 0)
			break;
		name_array(array, &members[0]->probe);
		ret = start_array(storage, array, members, n, minor++, err);
	}
	*ret_added = storage->n_volumes > before;
	free(members);
	return ret;
}

void array_stop(const char *node)
{
	int fd = node_open(node, LKL_O_RDONLY, NULL);

	if (fd < 0)
		return;
	lkl_sys_ioctl((unsigned int)fd, LKL_STOP_ARRAY, 0);
	lkl_sys_close((unsigned int)fd);
}
