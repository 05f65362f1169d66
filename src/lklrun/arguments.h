/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arguments.h - the command line of lklrun.
 */
#ifndef LKLRUN_ARGUMENTS_H
#define LKLRUN_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cli/common-options.h"
#include "resolve.h"
#include "start.h"

struct arguments {
	struct common_options common;
	const char *image;
	bool read_only;
	bool root;			/* --root */
	char *at;			/* --at; NULL: not given; free() it */
	bool fake_root;			/* --fake-root */
	bool real_user;			/* --no-fake-root */
	bool confine;
	enum start_catch how_to_catch;	/* --catch */
	uint64_t file_memory;		/* --file-memory, bytes; 0: not given */
	const char *directory;		/* NULL: "/", or the current one */
	struct bind *binds;		/* free() it; the strings, too */
	unsigned int n_binds;
	char **program;			/* ends with NULL */
};

/* Returns 1, 0 after --help and the like, or -errno. */
int arguments_parse(int argc, char **argv, struct arguments *ret_arguments,
		    struct lkl_error *err);

void arguments_free(struct arguments *arguments);

/* arguments_add_bind - one more; @host and @path are copied */
int arguments_add_bind(struct arguments *arguments, const char *host,
		       const char *path, bool read_only);

#endif /* LKLRUN_ARGUMENTS_H */
