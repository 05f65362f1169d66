// SPDX-License-Identifier: GPL-2.0-only
/*
 * library-file.c - finds files that are installed beside liblkl.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* dladdr */
#endif
#include "library-file.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"

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

int library_file_find(const char *name, const char *built, char **ret_path,
		      struct lkl_error *err)
{
	cleanup_free char *folder = library_folder();
	char *path = NULL;

	if (folder && asprintf(&path, "%s/liblkl/%s", folder, name) >= 0) {
		if (!access(path, R_OK)) {
			*ret_path = path;
			return 0;
		}
		free(path);
	}
	if (folder && asprintf(&path, "%s/%s", folder, built) >= 0) {
		if (!access(path, R_OK)) {
			*ret_path = path;
			return 0;
		}
		free(path);
	}
	return error_set(err, -ENOENT, "liblkl/%s is not in %s", name,
			 folder ? folder : "the folder of liblkl");
}
