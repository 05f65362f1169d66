/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * progress.h - how far a long job is: a line on a terminal, or N/100 lines
 * on a file descriptor for programs.
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * progress_init - choose where to
 * @fd: from --progress-fd, or -1
 * @on_terminal: draw a line if standard error is a terminal
 */
void progress_init(int fd, bool on_terminal);

/* Whether anyone will see it: finding out a total may take a while. */
bool progress_is_wanted(void);

/* The job's size in bytes; an estimate will do, 0 if there is none. */
void progress_set_total(uint64_t bytes);

/*
 * progress_update - bytes and files done so far
 *
 * Cheap enough to be called for each file and each buffer.
 */
void progress_update(uint64_t bytes, uint64_t files);

/* The job is over; @complete writes 100/100. */
void progress_finish(bool complete);

#endif /* TOOLS_PROGRESS_H */
