/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sandbox-run.h - how lklrun confines itself, and the program if asked to.
 */
#ifndef LKLRUN_SANDBOX_RUN_H
#define LKLRUN_SANDBOX_RUN_H

#include <lkl.h>

struct arguments;
struct session;

/*
 * sandbox_run_confine - with --confine: Landlock for this process and the program
 *
 * Before the program is forked: a process with Landlock can trace only processes
 * that have at least the same restrictions.
 */
int sandbox_run_confine(const struct arguments *arguments, const char *loader,
			struct lkl_error *err);

/* sandbox_run_enter - the other layers, for this process only */
int sandbox_run_enter(const struct session *session, struct lkl_error *err);

#endif /* LKLRUN_SANDBOX_RUN_H */
