// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-sockets.c - sockets in the image.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <sys/syscall.h>

const struct call_entry calls_sockets[] = {
	CALL_END
};
