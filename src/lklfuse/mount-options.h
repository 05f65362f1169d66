/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount-options.h - mount options: the argument of -o, in fstab as well.
 */
#ifndef LKLFUSE_MOUNT_OPTIONS_H
#define LKLFUSE_MOUNT_OPTIONS_H

#include <lkl.h>

#include "arguments.h"

/* The part of --help about mount options. */
extern const char mount_options_help[];

/*
 * mount_options_parse - parse the argument of one -o
 * @groups: the long options, which are mount options as well
 */
int mount_options_parse(struct arguments *arguments, const char *list,
			const struct option_group *groups,
			unsigned int n_groups, struct lkl_error *err);

#endif /* LKLFUSE_MOUNT_OPTIONS_H */
