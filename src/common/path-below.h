/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * path-below.h - which folder a path is in, as text.
 */
#ifndef TOOLS_PATH_BELOW_H
#define TOOLS_PATH_BELOW_H

/*
 * path_below - the rest of @path behind @folder, if it is that folder or below it
 * @folder: without a slash at the end, unless it is "/"
 *
 * The rest is in @path.  It is empty, or begins with a slash.  NULL: the path leads
 * elsewhere.  No links are followed, and ".." is a name like any other.
 */
const char *path_below(const char *path, const char *folder);

#endif /* TOOLS_PATH_BELOW_H */
