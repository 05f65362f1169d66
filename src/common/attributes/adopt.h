/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * adopt.h - gives a new file of the image the attributes of the one that it replaces.
 */
#ifndef COMMON_ATTRIBUTES_ADOPT_H
#define COMMON_ATTRIBUTES_ADOPT_H

struct lkl_statx;

/*
 * attributes_adopt - copy owner, permissions and extended attributes
 * @path: of the old file; a symbolic link is not followed
 * @st: its attributes
 * @fd: the new file
 *
 * A file system that has no owners or permissions is no error.  Returns 0 or
 * -errno.
 */
int attributes_adopt(const char *path, const struct lkl_statx *st, int fd);

#endif /* COMMON_ATTRIBUTES_ADOPT_H */
