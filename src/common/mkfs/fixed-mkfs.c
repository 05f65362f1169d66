// SPDX-License-Identifier: GPL-2.0-only
/*
 * fixed-mkfs.c - runs mkfs programs with a fixed time and fixed random numbers.
 *
 * Newer programs obey some of these variables by themselves, too.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* dladdr */
#endif
#include "fixed-mkfs.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"

#define LIBRARY "liblkl-mkfs.so"

/* The folder in which liblkl is, or the program if that contains liblkl. */
static char *library_folder(void)
{
	Dl_info info;
	char *path;

	if (!dladdr((const void *)lkl_strerror, &info))
		return NULL;
	path = realpath(info.dli_fname, NULL);
	if (path)
		*strrchr(path, '/') = '\0';
	return path;
}

int fixed_mkfs_find(char **ret_path, struct lkl_error *err)
{
	/* As installed, and in a build directory. */
	static const char *const names[] = { "liblkl/" LIBRARY, LIBRARY };
	char *folder = library_folder(), *path = NULL;
	size_t i;

	for (i = 0; folder && i < sizeof(names) / sizeof(*names); i++) {
		if (asprintf(&path, "%s/%s", folder, names[i]) < 0) {
			path = NULL;
			break;
		}
		if (!access(path, R_OK))
			break;
		free(path);
		path = NULL;
	}
	if (!path)
		error_set(err, -ENOENT,
			  "cannot fix the time and the UUIDs of mkfs: %s is not in %s",
			  names[0], folder ? folder : "the folder of liblkl");
	free(folder);
	*ret_path = path;
	return path ? 0 : -ENOENT;
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
