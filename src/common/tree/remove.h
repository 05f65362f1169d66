/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * remove.h - removes a directory and everything in it.
 */
#ifndef TOOLS_REMOVE_H
#define TOOLS_REMOVE_H

#include "file-calls.h"

/*
 * remove_tree - remove the directory @name of the directory @dir
 *
 * @name may be a path.  Follows no symbolic links.  Returns 0 or -errno; an error
 * leaves the files that were not removed yet.
 */
int remove_tree(const struct file_calls *calls, int dir, const char *name);

#endif /* TOOLS_REMOVE_H */
