/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.h - device numbers as one number.
 */
#ifndef TOOLS_DEVICE_H
#define TOOLS_DEVICE_H

#include <stdint.h>

#include <lkl.h>

static inline uint64_t device_make(uint32_t major, uint32_t minor)
{
	return (uint64_t)major << 32 | minor;
}

/* Where a file is. */
static inline uint64_t device_of(const struct lkl_statx *st)
{
	return device_make(st->stx_dev_major, st->stx_dev_minor);
}

#endif /* TOOLS_DEVICE_H */
