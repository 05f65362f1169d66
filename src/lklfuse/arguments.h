/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arguments.h - lklfuse's command line.
 */
#ifndef LKLFUSE_ARGUMENTS_H
#define LKLFUSE_ARGUMENTS_H

#include <stdbool.h>

#include "common/cli/common-options.h"
#include "filesystem.h"
#include "rings.h"

struct arguments {
	struct common_options common;
	const char *image;
	const char *mountpoint;
	const char *lock;	/* lock=FILE, NULL: none */
	bool foreground;
	bool debug;
	bool read_only;
	bool unmount;		/* only unmount */
	bool lazy;		/* ... and do not wait */
	bool remount;		/* change a mount that exists */
	unsigned int threads;	/* 0: the default number */
	enum rings_mode io_uring;
	struct caching caching;
	struct owners owners;
	/* Mount options for libfuse; this owns the array and the strings. */
	char **fuse_options;
	unsigned int n_fuse_options;
	bool names_source;	/* fsname= is among them */
	bool names_subtype;
};

/*
 * arguments_parse - parse the command line
 *
 * 1 if there is an image to mount, 0 if --help or a similar option was all, or
 * -errno.
 */
int arguments_parse(int argc, char **argv, struct arguments *ret_arguments,
		    struct lkl_error *err);

#endif /* LKLFUSE_ARGUMENTS_H */
