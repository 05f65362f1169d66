/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * skeleton.h - an archive with the directories and symbolic links of a definition.
 */
#ifndef TAR2FS_LAYOUT_SKELETON_H
#define TAR2FS_LAYOUT_SKELETON_H

#include "definition.h"

/*
 * skeleton_make - write a tar archive into a file without a name
 * @time: of all members, seconds
 * @ret_fd: the file, at its start; -1 if there is nothing to make
 *
 * It has the directories of MakeDirectories=, the links of MakeSymlinks=, and the
 * parents of both and of the targets of CopyFiles=.
 */
int skeleton_make(const struct definition *definition, int64_t time,
		  int *ret_fd, struct lkl_error *err);

/*
 * skeleton_complete - make directories and links that are missing after the copy
 * @opaque: the struct definition
 *
 * A link of an input may have replaced a directory of the skeleton.  Works in the
 * image's kernel, whose root directory is that of the file system.
 */
int skeleton_complete(const void *opaque, struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_SKELETON_H */
