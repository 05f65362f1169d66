/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * direct.h - large files past the page cache of the kernel inside.
 *
 * What is read or written once, from one end to the other, gains nothing from
 * being in that cache too, and is copied once less without.
 */
#ifndef DIRECT_H
#define DIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Files below that many bytes are not worth the calls that it takes. */
#define DIRECT_MIN	(1u << 20)
/* Addresses and offsets that are multiples of it do for all file systems. */
#define DIRECT_ALIGN	4096u

/*
 * direct_begin - with direct I/O from now on, if the file system can
 * @fd: all that is read and written after this is in memory from
 *	lkl_buffer_alloc()
 */
void direct_begin(int fd);

/*
 * direct_read, direct_write - pread64() and pwrite64()
 *
 * What cannot be done directly, such as an end that is no whole sector, is done
 * through the page cache, as is all that follows.  Not for two threads at a
 * time with the same file.
 */
long direct_read(int fd, void *buf, size_t len, uint64_t offset);
long direct_write(int fd, const void *buf, size_t len, uint64_t offset);

/* Whether a result says: not this file, or not this piece of it. */
bool direct_refused(long ret);

/*
 * direct_alloc - memory for direct I/O, or any other if the kernel has none
 * @ret_lent: which of them; to be given to direct_free()
 */
void *direct_alloc(size_t len, bool *ret_lent);
void direct_free(void *buf, size_t len, bool lent);

#endif /* DIRECT_H */
