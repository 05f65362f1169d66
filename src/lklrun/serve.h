/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * serve.h - the loop that answers the program until it ends.
 */
#ifndef LKLRUN_SERVE_H
#define LKLRUN_SERVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "call.h"

/* serve_init - @verbose: name calls that are refused */
void serve_init(bool verbose);

/*
 * serve_call - find the handler of a call, and answer with its result
 * @call: ->process and ->entry are not set yet
 * @arch: AUDIT_ARCH_... of the call
 *
 * For transports, by the thread of serve_loop().
 */
void serve_call(struct call *call, uint32_t arch);

/*
 * serve_loop - answer until the first process has ended
 *
 * Returns its status as of wait(), or -errno.
 */
int serve_loop(pid_t first, struct lkl_error *err);

#endif /* LKLRUN_SERVE_H */
