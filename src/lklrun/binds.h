/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * binds.h - the places where the program sees files of the host.
 *
 * Inside, an empty file or directory is mounted at each of them, from a file system
 * that serves nothing else.  So the kernel inside knows them as mount points: it
 * tells when a path leads through one, and neither removes nor renames them.
 */
#ifndef LKLRUN_BINDS_H
#define LKLRUN_BINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "resolve.h"

struct bind_point {
	const struct bind *bind;
	int host;		/* O_PATH, of the host */
	int parent;		/* inside: the directory that it is in */
	int mounted;		/* inside: what is mounted there */
	uint64_t marker;	/* inode number of what is mounted there */
	bool same;		/* the program's own calls reach the same file */
	bool proc;		/* it is a /proc of the host */
	bool directory;
	/* A place below another bind, and its path from there; or NULL. */
	const struct bind_point *outer;
	const char *inner;
};

/* bind_points_init - as resolve_init(); @root is inside */
int bind_points_init(int root, const struct bind *binds, unsigned int n,
		     struct lkl_error *err);

/* bind_points_end - unmount all */
void bind_points_end(void);

/* Whether there is any; if not, no path leads out of the image. */
bool bind_points_exist(void);

/* bind_point_entered - the one whose mount the descriptor inside is, or NULL */
const struct bind_point *bind_point_entered(int inside);

/* bind_point_of - the one with this descriptor of the host, or NULL */
const struct bind_point *bind_point_of(int host);

/* bind_point_nested - the one at @path below another one, or NULL */
const struct bind_point *bind_point_nested(const struct bind_point *outer,
					   const char *path);

/*
 * bind_point_lexical - the one at the first name of an absolute path, or NULL
 * @ret_rest: what follows it
 *
 * The kernel inside keeps such mount points where they are.
 */
const struct bind_point *bind_point_lexical(const char *path,
					    const char **ret_rest);

/*
 * bind_point_holding - the one that holds a file of the host, or NULL
 * @path: absolute path of the host
 * @ret_rest: its path from there
 */
const struct bind_point *bind_point_holding(const char *path,
					    const char **ret_rest);

#endif /* LKLRUN_BINDS_H */
