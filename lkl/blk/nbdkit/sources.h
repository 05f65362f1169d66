/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sources.h - the kinds of hosts from which nbdkit gets images.
 */
#ifndef LKL_BLK_NBDKIT_SOURCES_H
#define LKL_BLK_NBDKIT_SOURCES_H

#include <stdbool.h>

#include "blk/server/server.h"

struct nbdkit_source {
	const char *prefix;	/* of the image's name: "https://" */
	const char *kind;	/* "an image on a web server" */
	bool writable;
	/* Adds the name of the plugin and its settings for the image. */
	int (*add)(struct server_command *s, const char *path,
		   struct lkl_error *err);
};

/* nbdkit_find_source - the kind that a path names; NULL: it is a file's, or NBD's */
const struct nbdkit_source *nbdkit_find_source(const char *path);

#endif /* LKL_BLK_NBDKIT_SOURCES_H */
