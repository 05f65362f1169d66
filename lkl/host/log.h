/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.h - lines of the kernel's log, and panics.
 */
#ifndef LKL_LOG_H
#define LKL_LOG_H

#include "lkl.h"

/*
 * log_init - set the functions that are called for lines and panics
 *
 * The ring gets every line in any case.  Called before the kernel boots.
 */
void log_init(const struct lkl_options *options);

/* The operations of struct lkl_host_ops. */
void log_line(int level, const char *line, unsigned long len);
void log_panic(const char *message);

#endif
