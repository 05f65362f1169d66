/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * below.h - directories by paths of any length.
 */
#ifndef CP_BELOW_H
#define CP_BELOW_H

#include "calls.h"

/* The directory at @path below @base, no link in it followed; or -errno. */
int below_open(const struct calls *calls, int base, const char *path,
	       int flags);

#endif /* CP_BELOW_H */
