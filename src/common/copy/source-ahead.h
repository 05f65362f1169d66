/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * source-ahead.h - has the host read the files that a copy will need next.
 */
#ifndef COPY_SOURCE_AHEAD_H
#define COPY_SOURCE_AHEAD_H

#include "common/tree/file-calls.h"
#include "job.h"

struct source_ahead;

/*
 * source_ahead_start - start a thread that walks a directory of the host ahead
 * @settings: of the copy; must outlive the thread
 * @dir: the directory that the copy begins to walk
 *
 * NULL if the copy does not walk the same way, or without memory: then the copy
 * waits for the host's disk.
 */
struct source_ahead *source_ahead_start(const struct settings *settings,
					int dir);

/* The copy has come to the next entry.  Cheap.  @ahead may be NULL. */
void source_ahead_note(struct source_ahead *ahead);

/* Waits for the call under way.  @ahead may be NULL. */
void source_ahead_stop(struct source_ahead *ahead);

/*
 * source_ahead_file - have the host read on in a large file
 * @fd: of the host
 * @offset: of the bytes that were just read, @len of them
 */
void source_ahead_file(int fd, uint64_t offset, size_t len);

#endif /* COPY_SOURCE_AHEAD_H */
