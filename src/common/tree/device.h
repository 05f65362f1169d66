/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.h - the device that a file is on, as one number.
 */
#ifndef TOOLS_DEVICE_H
#define TOOLS_DEVICE_H

#include <stdint.h>

#include <lkl.h>

static inline uint64_t device_of(const struct lkl_statx *st)
{
	return (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor;
}

#endif /* TOOLS_DEVICE_H */
