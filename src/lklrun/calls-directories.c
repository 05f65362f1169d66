// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-directories.c - reading directories; working directory, root, umask.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <sys/syscall.h>

const struct call_entry calls_directories[] = {
	CALL_END
};
