/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * notify.h - the loop that answers the program until it ends.
 */
#ifndef LKLRUN_NOTIFY_H
#define LKLRUN_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

#include <lkl.h>

/* The descriptor of the notifications. */
int notify_fd(void);

/* notify_init - @fd is from filter_install(); owned */
int notify_init(int fd, bool verbose, struct lkl_error *err);

/* notify_answer - answer a call with a handler's result; any thread may */
struct call;
void notify_answer(const struct call *call, long result);

/*
 * notify_loop - answer until the first process has ended
 *
 * Returns its status as of wait(), or -errno.
 */
int notify_loop(pid_t first, struct lkl_error *err);

#endif /* LKLRUN_NOTIFY_H */
