/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * writeback.h - starts the host's writeback of the image during the copy.
 */
#ifndef COPY_WRITEBACK_H
#define COPY_WRITEBACK_H

#include <stdint.h>

struct writeback;

/*
 * writeback_open - for the image that is written to
 *
 * Call it before entering the sandbox.  NULL if @path is neither a file nor a
 * device of the host, or if memory is out.
 */
struct writeback *writeback_open(const char *path);

/* @bytes were copied so far.  Cheap.  @writeback may be NULL. */
void writeback_note(struct writeback *writeback, uint64_t bytes);

/* Waits for the call under way.  @writeback may be NULL. */
void writeback_close(struct writeback *writeback);

#endif /* COPY_WRITEBACK_H */
