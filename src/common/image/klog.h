/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * klog.h - find the messages in the kernel's log that explain a failure.
 */
#ifndef TOOLS_KLOG_H
#define TOOLS_KLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The current end of the kernel's log, for klog_reason(). */
uint64_t klog_mark(void);

/*
 * klog_reason - the kernel's warnings and errors since *@mark, in one line
 *
 * Leaves out device names, which mean nothing outside the kernel.  Of many
 * messages it keeps the first two and the last.  Returns false, with an empty
 * string, if there is none.  Moves *@mark to the end of the log.  Overwrites
 * both buffers of quote_name().
 */
bool klog_reason(uint64_t *mark, char *buf, size_t size);

/* An lkl_log_fn that writes each line to standard error. */
void klog_show(int level, const char *line, size_t len, void *opaque);

#endif /* TOOLS_KLOG_H */
