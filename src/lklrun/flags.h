/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flags.h - the commands of ioctl() that are about flags of files.
 */
#ifndef LKLRUN_FLAGS_H
#define LKLRUN_FLAGS_H

#include <stdint.h>

extern const uint32_t flags_commands[];
extern const unsigned int n_flags_commands;

#endif /* LKLRUN_FLAGS_H */
