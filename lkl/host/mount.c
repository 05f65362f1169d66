/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount.c - mount partitions of disks at /mnt/NUMBER in the kernel.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "blk/error.h"
#include "disk.h"
#include "memory.h"
#include "process.h"

static int make_dir(const char *path, struct lkl_error *err)
{
	long ret = lkl_sys_mkdirat(LKL_AT_FDCWD, path, 0700);

	if (ret && ret != -EEXIST)
		return lkl_fail(err, ret, "cannot make %s: %s", path,
				lkl_strerror(ret));
	return 0;
}

int lkl_mount(struct lkl_disk *disk, unsigned int partition,
	      const char *fstype, unsigned long flags, const char *data,
	      char *path, size_t size, struct lkl_error *err)
{
	static atomic_uint count;
	char node[64], point[64], options[4096] = "";
	long ret;

	/*
	 * The kernel copies 4096 bytes, or as many as can be read.  A shorter
	 * string would do, but memory checkers complain of what is behind it.
	 */
	if (data) {
		if (strlen(data) >= sizeof(options))
			return lkl_fail(err, -E2BIG,
					"%zu bytes of mount options are too many",
					strlen(data));
		strcpy(options, data);
	}
	ret = lkl_disk_node(disk, partition, node, sizeof(node), err);
	if (ret)
		return ret;
	if (memory_mappings_are_short())
		return lkl_fail(err, -ENOMEM,
				"the host has no mappings left for a mount (vm.max_map_count)");
	snprintf(point, sizeof(point), "/mnt/%u", atomic_fetch_add(&count, 1));
	if (strlen(point) >= size)
		return lkl_fail(err, -ENAMETOOLONG, "the path does not fit into %zu bytes",
				size);
	ret = make_dir("/mnt", err);
	if (!ret)
		ret = make_dir(point, err);
	if (ret)
		return ret;
	ret = lkl_sys_mount((char *)node, (char *)point, (char *)fstype, flags,
			    data ? options : NULL);
	if (ret) {
		lkl_sys_unlinkat(LKL_AT_FDCWD, point, LKL_AT_REMOVEDIR);
		return lkl_fail(err, ret, "cannot mount as %s: %s%s", fstype,
				lkl_strerror(ret),
				ret == -ENOMEM && memory_mappings_are_short() ?
				" (vm.max_map_count?)" : "");
	}
	strcpy(path, point);
	return 0;
}

int lkl_umount(const char *path, struct lkl_error *err)
{
	long ret = process_fail(err);

	if (ret)
		return ret;
	ret = lkl_sys_umount((char *)path, 0);
	if (ret)
		return lkl_fail(err, ret, "cannot unmount %s: %s", path,
				lkl_strerror(ret));
	lkl_sys_unlinkat(LKL_AT_FDCWD, path, LKL_AT_REMOVEDIR);
	return 0;
}
