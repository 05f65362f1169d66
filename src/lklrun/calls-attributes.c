// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-attributes.c - modes, owners, times, extended attributes, truncate.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <sys/syscall.h>

const struct call_entry calls_attributes[] = {
	CALL_END
};
