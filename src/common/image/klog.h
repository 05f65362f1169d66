/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * klog.h - what the kernel said about a step that failed.
 */
#ifndef TOOLS_KLOG_H
#define TOOLS_KLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The end of the kernel's log now. */
uint64_t klog_mark(void);

/*
 * klog_reason - the kernel's warnings and errors since *@mark in one line
 *
 * Device names, which mean nothing outside, are taken out; of many messages
 * the first two and the last are kept.  False, and an empty string, if there
 * is none.  *@mark moves to the end of the log.  What quote_name() gave before
 * is gone.
 */
bool klog_reason(uint64_t *mark, char *buf, size_t size);

/* An lkl_log_fn that shows each line on standard error. */
void klog_show(int level, const char *line, size_t len, void *opaque);

#endif /* TOOLS_KLOG_H */
