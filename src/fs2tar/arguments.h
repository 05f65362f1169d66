/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arguments.h - the command line of fs2tar.
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
	const char *directory;		/* in the image; NULL: all of it */
	const struct compress_method *compress;
	int level;			/* -1: the method's default */
	unsigned int threads;		/* 0: one for each processor */
	bool sync;
	bool reader_reports;		/* why it has ended before the archive */
};

/*
 * arguments_parse - parse the command line
 *
 * Returns 1 to go on, 0 after --help and the like, -errno.
 */
int arguments_parse(int argc, char **argv, struct arguments *ret_arguments,
		    struct lkl_error *err);
void arguments_free(struct arguments *arguments);

#endif /* FS2TAR_ARGUMENTS_H */
