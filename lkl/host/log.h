/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.h - the kernel's log on the host's side.
 */
#ifndef LKL_LOG_H
#define LKL_LOG_H

#include "lkl.h"

/* log_init - where lines and panics go besides the ring; before boot. */
void log_init(const struct lkl_options *options);

/* The operations of struct lkl_host_ops. */
void log_line(int level, const char *line, unsigned long len);
void log_panic(const char *message);

#endif
