/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * early.h - let the host write to its disk while the copy goes on.
 */
#ifndef CP_EARLY_H
#define CP_EARLY_H

#include <stdint.h>

struct early;

/*
 * early_open - for the image that is written to
 *
 * To be called before a sandbox is entered.  NULL if that is no file or no
 * device of the host's, or there is no memory: then there is no early_note()
 * either.
 */
struct early *early_open(const char *path);

/* How many bytes were written so far; cheap. */
void early_note(struct early *early, uint64_t bytes);

/* Waits for what the host is told to write at the moment.  NULL is fine. */
void early_close(struct early *early);

#endif /* CP_EARLY_H */
