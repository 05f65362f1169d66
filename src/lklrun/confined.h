/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * confined.h - which files of the host a confined program may use, where Landlock does
 * not look: sockets, and attributes.
 */
#ifndef LKLRUN_CONFINED_H
#define LKLRUN_CONFINED_H

#include <stdbool.h>

#include <lkl.h>

struct bind;

/*
 * confined_init - with --confine: the program may use files below @binds
 *
 * 0 or -errno.  Without this call confined() is false.
 */
int confined_init(const struct bind *binds, unsigned int n_binds,
		  struct lkl_error *err);

/* confined - is the program confined? */
bool confined(void);

/*
 * confined_check - may the program connect to a socket, or change attributes?
 * @fd: of this process, also with O_PATH
 * @change: to change attributes
 *
 * 0, -EACCES, -EROFS.  Files of /proc and devices are refused.
 */
int confined_check(int fd, bool change);

#endif /* LKLRUN_CONFINED_H */
