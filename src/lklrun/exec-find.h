/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec-find.h - what is executed, and what interprets it.
 */
#ifndef LKLRUN_EXEC_FIND_H
#define LKLRUN_EXEC_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/protocol.h"

struct call;

/* An exec that has begun: what the loader will ask for. */
struct exec {
	int program, interpreter;	/* descriptors of the host, or -1 */
	char *executable;		/* path of the program for /proc/self/exe */
	bool set_uid, set_gid;
	uint32_t uid, gid;
	bool executed;			/* the host executes the loader */
	struct loader_info info;
};

/*
 * exec_find - open the file and its interpreter
 * @path: PATH_MAX bytes, which may be replaced
 * @flags: of resolve()
 * @exec: its descriptors are -1, and owned by the calling function, also on failure
 *
 * Returns 0, 1 if the host can do the call as it is, or -errno.
 */
int exec_find(struct call *call, int dirfd, char *path, unsigned int flags,
	      struct exec *exec);

/* exec_add_string - the offset of a copy of @text in @info, or -E2BIG */
long exec_add_string(struct loader_info *info, const char *text);

#endif /* LKLRUN_EXEC_FIND_H */
