// SPDX-License-Identifier: GPL-2.0-only
/*
 * fixed-mkfs.c - runs mkfs programs with a fixed time and fixed random numbers, and
 * without a look at the mounts of the host.
 *
 * Newer programs obey some of these variables by themselves, too.
 */
#include "fixed-mkfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/error.h"
#include "common/library-file.h"

#define LIBRARY "liblkl-mkfs.so"

int fixed_mkfs_find(char **ret_path, struct lkl_error *err)
{
	int ret = library_file_find(LIBRARY, LIBRARY, ret_path, err);

	return ret < 0 ? error_prefix(err, ret,
				      "cannot fix the time and the UUIDs of mkfs") :
			 0;
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

int fixed_mkfs_hide_mounts(const char *library)
{
	return setenv("LD_PRELOAD", library, 1) < 0 ||
		setenv("LKL_MKFS_NO_MOUNTS", "1", 1) < 0 ? -errno : 0;
}
