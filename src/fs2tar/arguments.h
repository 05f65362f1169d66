/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arguments.h - fs2tar's command line.
 */
#ifndef FS2TAR_ARGUMENTS_H
#define FS2TAR_ARGUMENTS_H

#include "common/cli/common-options.h"
#include "compress.h"
#include "job.h"

struct arguments {
	struct common_options common;
	struct settings settings;
	const char *image;
	const char *output;		/* NULL: standard output */
	const char *directory;		/* in the image, NULL: all */
	const struct compress_method *compress;
	int level;			/* -1: the method's default */
	unsigned int threads;		/* 0: one for each processor */
	bool sync;
};

/*
 * arguments_parse - 1 to go on, 0 if a question was answered, -errno
 *
 * The usual messages of getopt have been printed if @err->text is empty.
 */
int arguments_parse(int argc, char **argv, struct arguments *ret_arguments,
		    struct lkl_error *err);
void arguments_free(struct arguments *arguments);

#endif /* FS2TAR_ARGUMENTS_H */
