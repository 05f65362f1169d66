/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image-opener.h - opens the files that an image names, for a process that is
 * in the sandbox when it reads those names.
 */
#ifndef TOOLS_IMAGE_OPENER_H
#define TOOLS_IMAGE_OPENER_H

#include <stdbool.h>

#include <lkl.h>

/* A guardian; see sandbox/guardian.h. */
struct image_opener;

/*
 * image_opener_start - fork the guardian, if the user allows named files
 * @read_only: it opens no file for writing
 */
int image_opener_start(bool read_only, struct image_opener **ret_opener,
		       struct lkl_error *err);

/* For lkl_disk_options.open_file; @opener is a struct image_opener. */
int image_opener_open(const char *path, uint64_t flags, void *opener,
		      struct lkl_error *err);

/* image_opener_end - end the guardian; @opener may be NULL */
void image_opener_end(struct image_opener *opener);

#endif /* TOOLS_IMAGE_OPENER_H */
