/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * change.h - helpers of the commands that change files.
 */
#ifndef LKLFS_CHANGE_H
#define LKLFS_CHANGE_H

#include "commands.h"

/*
 * change_name - the last component of a path
 *
 * NULL for "/", "." and "..", which cannot be made or removed.
 */
const char *change_name(const char *path);

/*
 * change_done - report one change, or its failure
 * @code: its result
 * @what: "cannot remove", for run_error()
 * @change: "removed", for print_change()
 *
 * Returns as run_error().
 */
int change_done(struct run *run, const char *path, int code, const char *what,
		const char *change);

/*
 * change_parent - open the directory that a path is in
 * @ret_name: the last component, within @path
 *
 * Cuts off slashes at the end of @path; -ENOTDIR if they follow the name of a file that
 * is no directory.  -EINVAL if the last component cannot be made or removed: "/", "."
 * and "..".
 */
int change_parent(char *path, const char **ret_name);

/* change_target - "DIRECTORY/NAME of SOURCE", if @dest is a directory */
int change_target(const char *source, const char *dest, bool no_directory,
		  char **ret_path);

#endif /* LKLFS_CHANGE_H */
