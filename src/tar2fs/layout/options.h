/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.h - the options of tar2fs for whole disks and dm-verity.
 */
#ifndef TAR2FS_LAYOUT_OPTIONS_H
#define TAR2FS_LAYOUT_OPTIONS_H

#include "tar2fs/arguments.h"

struct option_group layout_options_group(struct arguments *arguments);

/* Checks combinations, and sets defaults.  -EINVAL, with a sentence. */
int layout_options_check(struct arguments *arguments, struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_OPTIONS_H */
