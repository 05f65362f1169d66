// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-stat.c - what files are: the stat family, access, readlink, statfs.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <sys/syscall.h>

const struct call_entry calls_stat[] = {
	CALL_END
};
