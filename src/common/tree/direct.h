/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * direct.h - direct I/O on large files of the image.
 *
 * A file that is read or written once, from start to end, gains nothing from
 * the page cache of the image's kernel.  Direct I/O saves the copy.
 */
#ifndef DIRECT_H
#define DIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For smaller files the extra calls cost more than the copy. */
#define DIRECT_MIN	(1u << 20)
/* All file systems accept addresses and offsets with this alignment. */
#define DIRECT_ALIGN	4096u

/*
 * direct_begin - use direct I/O for this file, if the file system can
 * @fd: from now on, buffers must be from lkl_buffer_alloc()
 */
void direct_begin(int fd);

/*
 * direct_disable - direct_begin() does nothing from now on
 *
 * For images on other hosts: only the page cache reads ahead.
 */
void direct_disable(void);

/*
 * direct_read, direct_write - pread64() and pwrite64()
 *
 * If the file system refuses a direct transfer, for example of a partial
 * sector at the end, this transfer and all later ones go through the page
 * cache.  Two threads must not use the same file at the same time.
 */
long direct_read(int fd, void *buf, size_t len, uint64_t offset);
long direct_write(int fd, const void *buf, size_t len, uint64_t offset);

/* Whether a result means that direct I/O is refused for this transfer. */
bool direct_refused(long ret);

/*
 * direct_alloc - memory for direct I/O, or ordinary memory instead
 * @ret_lent: whether it is from the kernel and fit for direct I/O
 *
 * direct_free() needs to be told @len and @ret_lent again.
 */
void *direct_alloc(size_t len, bool *ret_lent);
void direct_free(void *buf, size_t len, bool lent);

#endif /* DIRECT_H */
