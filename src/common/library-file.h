/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * library-file.h - finds files that are installed beside liblkl.
 */
#ifndef TOOLS_LIBRARY_FILE_H
#define TOOLS_LIBRARY_FILE_H

#include <lkl.h>

/*
 * library_file_find - the path of a file of ours that is neither a program for
 * people nor a library for others
 * @built: where it is in a build directory, from the folder of liblkl
 * @ret_path: the caller frees it
 *
 * Returns 0, or -ENOENT with a sentence that says where it should be.
 */
int library_file_find(const char *name, const char *built, char **ret_path,
		      struct lkl_error *err);

#endif /* TOOLS_LIBRARY_FILE_H */
