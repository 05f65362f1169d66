/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount-options.h - mount options: what is behind -o, and in fstab.
 */
#ifndef LKLFUSE_MOUNT_OPTIONS_H
#define LKLFUSE_MOUNT_OPTIONS_H

#include <lkl.h>

#include "arguments.h"

/* For --help. */
extern const char suboptions_help[];

/* suboptions_parse - go through the argument of one -o */
int suboptions_parse(struct arguments *arguments, const char *list,
		     const struct option_group *groups, unsigned int n_groups,
		     struct lkl_error *err);

/* ---- Between the files of which that is made ---- */

/* suboption_set - 1 if @option is one of our own, 0 if not, or -errno */
int suboption_set(struct arguments *arguments, const char *option,
		  struct lkl_error *err);

/* The value if @option is @name (which may end in '='), or NULL. */
const char *suboption_match(const char *option, const char *name);

#endif /* LKLFUSE_MOUNT_OPTIONS_H */
