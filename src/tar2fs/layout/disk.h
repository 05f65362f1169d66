/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disk.h - makes the image of a whole disk.
 */
#ifndef TAR2FS_LAYOUT_DISK_H
#define TAR2FS_LAYOUT_DISK_H

#include "tar2fs/arguments.h"

/*
 * disk_make - make the image that --layout describes
 *
 * Returns 0, 1 if some files are missing, or -errno with a sentence.
 */
int disk_make(const struct arguments *arguments, struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_DISK_H */
