// SPDX-License-Identifier: GPL-2.0-only
/*
 * btrfs.c - find out whether all devices of a btrfs are there.
 *
 * The kernel mounts it, and looks for the devices itself.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <lkl.h>

#include "common/byte-order.h"
#include "common/image/superblock.h"
#include "node.h"
#include "storage.h"

static bool is_btrfs(const struct volume *volume)
{
	return *volume->node && !strcmp(volume->probe.type, "btrfs");
}

/* Two copies of one device count once. */
static uint64_t count_devices(const struct storage *storage,
			      const struct volume *volume)
{
	const struct volume *a, *b;
	unsigned int i, k;
	uint64_t n = 0;

	for (i = 0; i < storage->n_volumes; i++) {
		a = storage->volumes[i];
		if (!is_btrfs(a) || strcmp(a->probe.uuid, volume->probe.uuid))
			continue;
		for (k = 0; k < i; k++) {
			b = storage->volumes[k];
			if (is_btrfs(b) &&
			    !strcmp(b->probe.uuid, a->probe.uuid) &&
			    !strcmp(b->probe.sub_uuid, a->probe.sub_uuid))
				break;
		}
		n += k == i;
	}
	return n;
}

static uint64_t read_count(const struct volume *volume)
{
	unsigned char bytes[4];
	struct lkl_error ignored;
	int fd = node_open(volume->node, LKL_O_RDONLY, &ignored);
	uint64_t count = 0;

	if (fd < 0)
		return 0;
	if (node_read(fd, bytes, sizeof(bytes), SUPERBLOCK_BTRFS_DEVICES) >= 0)
		count = get_le32(bytes);
	lkl_sys_close((unsigned int)fd);
	return count;
}

void btrfs_check(struct storage *storage)
{
	struct volume *volume;
	uint64_t wanted, found;
	unsigned int i;

	for (i = 0; i < storage->n_volumes; i++) {
		volume = storage->volumes[i];
		if (!is_btrfs(volume))
			continue;
		wanted = read_count(volume);
		if (wanted < 2)
			continue;
		found = count_devices(storage, volume);
		if (found >= wanted)
			continue;
		volume->degraded = true;
		if (!storage->options.degraded)
			snprintf(volume->problem, sizeof(volume->problem),
				 "lacks %" PRIu64 " of its %" PRIu64 " devices: add --disk=IMAGE or --degraded",
				 wanted - found, wanted);
	}
}
