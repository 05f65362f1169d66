/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * progress.h - show the progress of a long job: as a line on a terminal, and
 * as lines "N/100" on a descriptor for programs.
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * progress_init - choose the outputs
 * @fd: the argument of --progress-fd, or -1
 * @on_terminal: draw a line if standard error is a terminal
 */
void progress_init(int fd, bool on_terminal);

/* Is there an output?  If not, the caller need not compute a total. */
bool progress_is_wanted(void);

/* Set the job's size in bytes, perhaps an estimate; 0: unknown. */
void progress_set_total(uint64_t bytes);

/*
 * progress_update - tell the bytes and files done so far
 *
 * Cheap enough to call for each file and each buffer.
 */
void progress_update(uint64_t bytes, uint64_t files);

/* End the display.  Writes "100/100" if @complete. */
void progress_finish(bool complete);

#endif /* TOOLS_PROGRESS_H */
