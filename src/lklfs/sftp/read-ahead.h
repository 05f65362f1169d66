/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * read-ahead.h - reads a file that is read from start to end in large pieces.
 *
 * Clients ask for 32 KiB or so at a time.  A window of a megabyte, which direct
 * I/O fills, spares the page cache of the kernel inside a copy and most of the
 * requests to the disk.
 */
#ifndef SFTP_READ_AHEAD_H
#define SFTP_READ_AHEAD_H

#include <stddef.h>
#include <stdint.h>

struct read_ahead;

/*
 * read_ahead_begin - use a window for this file from now on
 * @fd: open for reading only; nothing else may read it while the window exists
 *
 * Returns NULL if there is no memory, or there are enough windows already.
 */
struct read_ahead *read_ahead_begin(int fd);

/* @ahead may be NULL. */
void read_ahead_end(struct read_ahead *ahead);

/*
 * read_ahead_read - pread() through the window
 * @ahead_of: bytes to read if the window does not have the range: @len or more
 * @changes: counts changes to any file; another value makes the window invalid
 */
long read_ahead_read(struct read_ahead *ahead, void *buf, size_t len,
		     uint64_t offset, size_t ahead_of, uint64_t changes);

#define READ_AHEAD_SIZE (1u << 20)

#endif /* SFTP_READ_AHEAD_H */
