/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nameless.h - fifos and sockets of the host that serve for those of the image.
 *
 * Each loses its name at once: only a descriptor of this process leads to it.
 */
#ifndef LKLRUN_NAMELESS_H
#define LKLRUN_NAMELESS_H

#include <limits.h>

#include <lkl.h>

/* nameless_make_fn - make the file at @path of the host: 0 or -errno */
typedef int nameless_make_fn(const char *path, void *opaque);

/*
 * nameless_make - make a file of the host, for a file of the image
 * @st: of the file of the image, with inode number and, if known, time of birth
 * @name: what the program calls it, copied; may be NULL
 *
 * Returns an O_PATH descriptor, which stays open, or -errno.
 */
int nameless_make(const struct lkl_statx *st, const char *name,
		  nameless_make_fn *make, void *opaque);

/* nameless_find - the descriptor of the one that was made, or -ENOENT */
int nameless_find(const struct lkl_statx *st);

/*
 * nameless_at - the descriptor of the file that was made at @path of the host, or
 * -ENOENT
 *
 * The host gives that path as the address of a sender.
 */
int nameless_at(const char *path);

/* nameless_name - the @name of the file that was made at @path of the host, or NULL */
const char *nameless_name(const char *path);

#endif /* LKLRUN_NAMELESS_H */
