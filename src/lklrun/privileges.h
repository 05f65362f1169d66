/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * privileges.h - the options of prctl() that are answered here.
 */
#ifndef LKLRUN_PRIVILEGES_H
#define LKLRUN_PRIVILEGES_H

#include <stdint.h>

/* Options of prctl() that stop. */
extern const uint32_t privileges_options[];
extern const unsigned int n_privileges_options;

#endif /* LKLRUN_PRIVILEGES_H */
