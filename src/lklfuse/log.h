/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.h - where messages go once nobody waits for them: standard error in the
 * foreground, otherwise the system's log.
 */
#ifndef LKLFUSE_LOG_H
#define LKLFUSE_LOG_H

#include <stdbool.h>

/* log_open - connect; to be called before a sandbox forbids it. */
void log_open(const char *image);

/* From now on to the system's log. */
void log_detach(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What the kernel said up to now was about mounting. */
void log_begin(void);

/* Whether the kernel has reported errors since log_begin(). */
bool log_has_kernel_errors(void);

/* Pass on what errors the kernel has reported since the last call. */
void log_kernel_news(void);

#endif /* LKLFUSE_LOG_H */
