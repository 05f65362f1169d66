/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arguments.h - the command line of cptofs and cpfromfs.
 */
#ifndef CP_ARGUMENTS_H
#define CP_ARGUMENTS_H

#include "common/cli/common-options.h"
#include "job.h"
#include "operands.h"

struct arguments {
	struct common_options common;
	struct settings settings;
	struct operands operands;
	const char *image;
	const char *tar;		/* an archive as the source, or NULL */
	bool into_image;		/* cptofs */
	bool chose_keep;		/* what is kept is not the default */
	bool no_sync;
};

/*
 * arguments_parse - 1 to go on, 0 if a question was answered, -errno
 * @program: "cptofs" or "cpfromfs"
 *
 * The usual messages of getopt have been printed if @err->text is empty.
 */
int arguments_parse(const char *program, int argc, char **argv,
		    struct arguments *ret_arguments, struct lkl_error *err);
void arguments_free(struct arguments *arguments);

#endif /* CP_ARGUMENTS_H */
