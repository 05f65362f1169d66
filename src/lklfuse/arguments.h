/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arguments.h - lklfuse's command line.
 */
#ifndef LKLFUSE_ARGUMENTS_H
#define LKLFUSE_ARGUMENTS_H

#include <stdbool.h>

#include "common/cli/common-options.h"
#include "filesystem.h"

struct arguments {
	struct common_options common;
	const char *image;
	const char *mountpoint;
	const char *lock;	/* a file to be locked, NULL: none */
	bool foreground;
	bool debug;
	bool read_only;
	unsigned int threads;	/* 0: the default */
	struct caching caching;
	struct owners owners;
	/* For libfuse, one -o each; owned, as are the strings. */
	char **fuse_options;
	unsigned int n_fuse_options;
	bool names_source;	/* fsname= is among them */
	bool names_subtype;
};

/*
 * arguments_parse - 1 if there is something to do, 0 if all is said, -errno
 *
 * @err->text may be empty then: getopt has said what was wrong.
 */
int arguments_parse(int argc, char **argv, struct arguments *ret_arguments,
		    struct lkl_error *err);

#endif /* LKLFUSE_ARGUMENTS_H */
