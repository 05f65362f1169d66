/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * privileges.h - capabilities of the program's processes, with --fake-root, and the
 * options of prctl() that are answered here.
 *
 * The kernel inside knows the ids only.  So a process of root that has dropped a
 * capability still has it for files of the image.
 */
#ifndef LKLRUN_PRIVILEGES_H
#define LKLRUN_PRIVILEGES_H

#include <stdbool.h>
#include <stdint.h>

struct identity;
struct process;

/* Options of prctl() that stop. */
extern const uint32_t privileges_options[];
extern const unsigned int n_privileges_options;

/* privileges_has - whether @capability, CAP_..., is in effect */
bool privileges_has(const struct identity *identity, unsigned int capability);

/*
 * privileges_user_changed - after the user ids have changed
 * @before: the identity until then
 */
void privileges_user_changed(struct identity *identity,
			     const struct identity *before);

/* privileges_exec - after an exec, when the new program's ids are set */
void privileges_exec(struct process *process);

#endif /* LKLRUN_PRIVILEGES_H */
