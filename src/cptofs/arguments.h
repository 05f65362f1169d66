/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arguments.h - the command line of cptofs and cpfromfs.
 */
#ifndef CP_ARGUMENTS_H
#define CP_ARGUMENTS_H

#include "common/cli/common-options.h"
#include "common/copy/job.h"
#include "common/copy/operands.h"

struct arguments {
	struct common_options common;
	struct settings settings;
	struct operands operands;
	const char *image;
	const char *tar;		/* an archive to unpack, or NULL */
	bool into_image;		/* this is cptofs */
	bool chose_keep;		/* --preserve was given */
	bool no_sync;
};

/*
 * arguments_parse - parse the command line
 * @program: "cptofs" or "cpfromfs"
 *
 * Returns 1 to go on, 0 after --help and the like, -errno.
 */
int arguments_parse(const char *program, int argc, char **argv,
		    struct arguments *ret_arguments, struct lkl_error *err);
void arguments_free(struct arguments *arguments);

#endif /* CP_ARGUMENTS_H */
