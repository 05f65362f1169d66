/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unmounter.h - a guardian that takes the mount away: when told to, and when
 * the daemon has died.
 *
 * Without root that takes fusermount3, which a sandbox does not let start.
 * Until then it answers what is asked by way of callers.h.
 */
#ifndef LKLFUSE_UNMOUNTER_H
#define LKLFUSE_UNMOUNTER_H

#include <lkl.h>

#include "common/sandbox/guardian.h"

/*
 * unmounter_start - before anything is mounted
 * @mountpoint: an absolute path, copied
 */
int unmounter_start(const char *mountpoint, struct guardian **ret_guardian,
		    struct lkl_error *err);

/*
 * What guardian_act() returns if the mount was in use: what was cached has
 * been handed over, and the mount point is free; but files are still open.
 */
#define UNMOUNTER_BUSY 1

#endif /* LKLFUSE_UNMOUNTER_H */
