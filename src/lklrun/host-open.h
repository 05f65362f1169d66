/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host-open.h - opening files of the host for the program, but none of lklrun's own
 * in /proc: a process may always open those.
 */
#ifndef LKLRUN_HOST_OPEN_H
#define LKLRUN_HOST_OPEN_H

#include <stdint.h>

#include "binds.h"
#include "resolve.h"

/*
 * host_open - open a place of the host
 * @flags, @mode: as for openat()
 *
 * Returns a descriptor or -errno.  -EACCES: it is in lklrun's folder in /proc, or
 * behind a magic link there that resolve() has not followed.
 */
int host_open(const struct place *place, int flags, uint32_t mode);

/*
 * host_pin - open what a place of the host leads to, or the directory of its name
 * @flags: of resolve()
 * @check: refuse what is in lklrun's folder in /proc
 *
 * Other processes may put links where resolve() saw folders.  0; -ELOOP: they did, so
 * resolve() has to look again; -EACCES, -ENOENT, ...
 */
long host_pin(struct place *place, unsigned int flags, bool check);

/*
 * host_directory_path - what the host's kernel calls a directory of the caller's
 * @dirfd: a descriptor of the caller's, or AT_FDCWD
 * @buf: PATH_MAX bytes
 *
 * 0 or -errno.
 */
long host_directory_path(const struct call *call, int dirfd, char *buf);

/*
 * host_proc_path - the part of a path that is below the root of a /proc
 * @path: from the root of the bind; its last name may be a link
 *
 * Returns NULL if its last name is not in a /proc.
 */
const char *host_proc_path(const struct bind_point *bind, const char *path);

#endif /* LKLRUN_HOST_OPEN_H */
