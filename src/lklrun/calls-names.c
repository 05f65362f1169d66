// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-names.c - names of files: mkdir, unlink, rename, link, ....
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <sys/syscall.h>

const struct call_entry calls_names[] = {
	CALL_END
};
