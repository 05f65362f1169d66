/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.h - messages of the daemon: to standard error in the foreground,
 * otherwise to the system log.
 */
#ifndef LKLFUSE_LOG_H
#define LKLFUSE_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* log_open - connect to the system log; a sandbox would forbid it */
void log_open(const char *image);

/* log_to_syslog - from now on, log to the system log */
void log_to_syslog(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * log_last_error - the first message of log_error() after log_ending(), or the
 * last one before it, or an empty text
 */
void log_ending(void);
void log_last_error(char *buf, size_t size);

/* log_verbose - log if log_set_verbose() was called */
void log_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_set_verbose(void);

/*
 * log_mount_done - the image is mounted
 *
 * The functions below ignore what the kernel inside has logged before this.
 */
void log_mount_done(void);

/* log_has_kernel_errors - whether the kernel inside has logged errors */
bool log_has_kernel_errors(void);

/* log_kernel_errors - log the kernel's errors since the last call */
void log_kernel_errors(void);

#endif /* LKLFUSE_LOG_H */
