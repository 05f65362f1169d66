// SPDX-License-Identifier: GPL-2.0-only
/*
 * fixed-mkfs.c - runs mkfs programs with a fixed time and fixed random numbers.
 *
 * Newer programs obey some of these variables by themselves, too.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* dlinfo */
#endif
#include "fixed-mkfs.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

#define LIBRARY "liblkl-mkfs.so"

int fixed_mkfs_find(char **ret_path, struct lkl_error *err)
{
	/* The loader knows where libraries are. */
	void *handle = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);
	struct link_map *map;
	char *path = NULL;

	if (!handle)
		return error_set(err, -ENOENT,
				 "cannot fix the time and the UUIDs of mkfs: %s",
				 dlerror());
	if (!dlinfo(handle, RTLD_DI_LINKMAP, &map))
		path = realpath(map->l_name, NULL);
	dlclose(handle);
	if (!path)
		return error_set(err, -ENOENT,
				 "cannot fix the time and the UUIDs of mkfs: no path of %s",
				 LIBRARY);
	*ret_path = path;
	return 0;
}

int fixed_mkfs_environment(const char *library, int64_t time, const char *seed)
{
	char seconds[32];

	snprintf(seconds, sizeof(seconds), "%" PRId64, time);
	if (setenv("LD_PRELOAD", library, 1) < 0 ||
	    setenv("LKL_MKFS_TIME", seconds, 1) < 0 ||
	    setenv("LKL_MKFS_SEED", seed, 1) < 0 ||
	    setenv("SOURCE_DATE_EPOCH", seconds, 1) < 0 ||
	    setenv("E2FSPROGS_FAKE_TIME", seconds, 1) < 0 ||
	    setenv("DETERMINISTIC_SEED", "1", 1) < 0)
		return -errno;
	return 0;
}
