/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * direct.h - large files past the page cache of the kernel inside.
 *
 * What is read or written once, from one end to the other, gains nothing from
 * being in that cache too, and is copied once less without.  Buffers come from
 * lkl_buffer_alloc(); offsets and lengths are multiples of DIRECT_ALIGN, or
 * the call fails with -EINVAL.  A buffer that is no multiple may be slower.
 */
#ifndef DIRECT_H
#define DIRECT_H

#include <stdbool.h>

/* Files below that many bytes are not worth the calls that it takes. */
#define DIRECT_MIN	(1u << 20)
/* Does for all file systems on all devices. */
#define DIRECT_ALIGN	4096u

/* direct_begin - from now on; false if the file system cannot. */
bool direct_begin(int fd);

/* direct_end - through the page cache again; other transfers have ended. */
void direct_end(int fd);

#endif /* DIRECT_H */
