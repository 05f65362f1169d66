/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * traverse.h - visits a file and everything below it.
 *
 * For commands that look at trees.  It reports directories that cannot be read,
 * and goes on.
 */
#ifndef LKLFS_TRAVERSE_H
#define LKLFS_TRAVERSE_H

#include "common/tree/walk.h"
#include "commands.h"

/* Of traverse_events.file(): do not enter this directory. */
#define TRAVERSE_SKIP 1

struct traverse;

/* Functions return 0, or an error that ends it. */
struct traverse_events {
	/* A file of any type; path and depth are its own. */
	int (*file)(struct traverse *traverse, int dir, const char *name,
		    const struct lkl_statx *st);
	/* All files of a directory were visited; or NULL. */
	int (*leave)(struct traverse *traverse, const struct lkl_statx *st);
};

struct traverse {
	/* Set by the caller. */
	struct run *run;
	const struct traverse_events *events;
	void *opaque;
	enum sort_order sort;
	bool one_file_system;
	bool follow_first;		/* a link that is an operand itself */
	const char *start;		/* without operands; NULL: "/" */

	struct path path;		/* of the file at hand */
	unsigned int depth;		/* of the file at hand; 0: the first */

	struct walk walk;
	uint64_t device;		/* of the first file */
	unsigned int kernel_errors;	/* in the log, reported so far */
};

/* traverse_run - visit @start, which may be a file.  Follows no link below it. */
int traverse_run(struct traverse *traverse, const char *start);

/*
 * traverse_operands - visit all operands of the command, or else traverse.start
 *
 * Initialised by the caller: the members from run to start.
 * Returns 0 or -errno with a sentence.
 */
int traverse_operands(struct traverse *traverse, struct lkl_error *err);

#endif /* LKLFS_TRAVERSE_H */
