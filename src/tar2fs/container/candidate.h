/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * candidate.h - decides early whether an archive can be a container image, and
 * makes such an archive readable at any offset.
 */
#ifndef CONTAINER_CANDIDATE_H
#define CONTAINER_CANDIDATE_H

#include "container.h"

/* The start of an archive. */
struct archive_start {
	char *data;			/* owned */
	size_t len;
	bool ended;			/* that is all of it */
	bool is_compressed;
};

/*
 * candidate_look - read the start of an archive
 *
 * Returns 1 if it may be a container image, 0 if not, or -errno.  *@ret_start is
 * set unless there was an error.
 */
int candidate_look(const struct container_input *input,
		   struct archive_start *ret_start, struct lkl_error *err);

/* Decompresses the whole archive into input->spool. */
int candidate_spool(const struct container_input *input,
		    struct archive_start *start, struct lkl_error *err);

/* Names of container images among the members of an archive. */
struct image_signs {
	bool any;			/* members at all */
	bool first;			/* the first member decided for it */
	bool layout, index, manifest, data;
};

/* @path: as member_path() makes it */
void image_signs_add(struct image_signs *signs, const char *path);

/* Whether there are enough of them to tell the user. */
bool image_signs_suffice(const struct image_signs *signs);

#endif /* CONTAINER_CANDIDATE_H */
