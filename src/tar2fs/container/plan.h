/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plan.h - hands what was found in a container image from the process that
 * measures it to those that unpack it.
 *
 * A plan is a temporary file: where the layers are, and the paths of the members
 * that are to be unpacked, in order.  Its reader needs memory for one path only.
 */
#ifndef CONTAINER_PLAN_H
#define CONTAINER_PLAN_H

#include <stdbool.h>
#include <stdio.h>

#include "image.h"

enum plan_place {
	PLAN_FOLDER,		/* the input is a folder, */
	PLAN_ARCHIVE,		/* an archive, */
	PLAN_SPOOL,		/* or there is a copy of it in the spool */
};

struct plan {
	FILE *file;
	enum plan_place place;
	struct image image;
};

/* One path, and the member that goes there. */
struct plan_entry {
	uint32_t layer, ordinal;
	char *path;			/* owned; NULL at the end of the plan */
};

/* @fd: stays the caller's.  Replaces what the file held. */
int plan_write_begin(int fd, enum plan_place place, const struct image *image,
		     FILE **ret_file, struct lkl_error *err);
int plan_write_entry(FILE *file, uint32_t layer, uint32_t ordinal,
		     const char *path, struct lkl_error *err);
int plan_write_end(FILE *file, struct lkl_error *err);

/* Whether a plan was written to the file. */
bool plan_exists(int fd);

/* @fd: stays the caller's. */
int plan_read_begin(int fd, struct plan *ret_plan, struct lkl_error *err);
/* Replaces *@entry, which starts as all zero.  -errno. */
int plan_read_entry(struct plan *plan, struct plan_entry *entry);
void plan_read_end(struct plan *plan);

#endif /* CONTAINER_PLAN_H */
