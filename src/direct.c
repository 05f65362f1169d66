// SPDX-License-Identifier: GPL-2.0-only
/*
 * direct.c - turning direct I/O on and off.
 */
#include "direct.h"

#include <lkl.h>

static bool set_flags(int fd, unsigned int clear, unsigned int set)
{
	long flags = lkl_sys_fcntl((unsigned int)fd, LKL_F_GETFL, 0);

	return flags >= 0 &&
	       !lkl_sys_fcntl((unsigned int)fd, LKL_F_SETFL,
			      ((unsigned long)flags & ~(unsigned long)clear) |
			      set);
}

bool direct_begin(int fd)
{
	return set_flags(fd, 0, LKL_O_DIRECT);
}

void direct_end(int fd)
{
	set_flags(fd, LKL_O_DIRECT, 0);
}
