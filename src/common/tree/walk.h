/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk.h - walks a directory tree, depth first.
 *
 * The walk keeps one directory open for each level.  It finds every file by
 * name in an open directory and never goes back through "..", because ".." of
 * a damaged file system may lead anywhere.
 */
#ifndef TOOLS_WALK_H
#define TOOLS_WALK_H

#include "directory.h"
#include "file-calls.h"
#include "links.h"
#include "path.h"
#include "visited.h"

/* A directory between the root of the walk and the file at hand. */
struct walk_level {
	struct directory directory;	/* directory.fd is open for reading */
	struct lkl_statx st;
	size_t path_len;		/* of walk->path, up to this one */
	size_t names_len;		/* of walk->names, likewise */
	struct dirname *dirname;	/* NULL until walk_dirname() needs it */
	void *own;			/* the tool's; freed with the level */
};

struct walk;

/*
 * The tool's part of a walk.  Functions that return an int return 0 to go
 * on, or an error that ends the walk.
 */
struct walk_events {
	/* An entry of @dir.  Both paths end in @name. */
	int (*visit)(struct walk *walk, int dir, const char *name);
	/*
	 * All entries of the innermost level are done; it is still open.  NULL if
	 * there is nothing to do.
	 */
	int (*leave)(struct walk *walk, struct walk_level *level);
	/* The level is about to be closed, perhaps because of an error. */
	void (*close)(struct walk *walk, struct walk_level *level);
	/*
	 * Reports a problem with the file at hand; @code may be 0.  NULL to go on
	 * without a word.
	 */
	int (*error)(struct walk *walk, int code, const char *what);
};

struct walk {
	/* Set by the caller. */
	const struct walk_events *events;
	void *opaque;			/* for the events */
	const struct file_calls *calls;
	enum sort_order sort;
	struct path *path;		/* of the file at hand */
	struct path *names;		/* a second path kept in step, or NULL */
	size_t names_start;		/* of the path that dirnames are from */

	struct walk_level *levels;
	size_t depth, size;		/* levels in use, and allocated */
	struct visited visited;
};

/* The innermost level.  The walk has begun. */
static inline struct walk_level *walk_top(const struct walk *walk)
{
	return &walk->levels[walk->depth - 1];
}

/*
 * walk_open - open a directory that is to be entered
 * @follow: @name may be a symbolic link
 * @ret_what: on failure, what went wrong
 *
 * Refuses trees that are too deep, directories that were entered too often
 * already, and links that lead back up.  Returns a descriptor or -errno; -ELOOP means that
 * *@ret_what says everything.
 */
int walk_open(struct walk *walk, int dir, const char *name, bool follow,
	      const struct lkl_statx *st, const char **ret_what);

/*
 * walk_enter - make a directory the innermost level
 * @fd: taken, as is @own
 *
 * -ENOMEM.
 */
int walk_enter(struct walk *walk, int fd, const struct lkl_statx *st,
	       void *own);

/* Visits all entries of all levels.  walk_free() is needed in any case. */
int walk_run(struct walk *walk);
void walk_free(struct walk *walk);

/*
 * walk_dirname - the name of the innermost directory, for links_add()
 *
 * The walk's own.  NULL if there is no level, or no memory.
 */
struct dirname *walk_dirname(struct walk *walk);

#endif /* TOOLS_WALK_H */
