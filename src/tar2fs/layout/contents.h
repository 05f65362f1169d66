/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contents.h - the inputs for the file system of one partition.
 */
#ifndef TAR2FS_LAYOUT_CONTENTS_H
#define TAR2FS_LAYOUT_CONTENTS_H

#include "common/cli/date.h"
#include "tar2fs/inputs.h"
#include "definition.h"

struct contents {
	struct inputs inputs;
	struct filter *filters;		/* one for each input; owned */
	struct words strings;		/* that the inputs use */
};

/*
 * part_contents_open - open the inputs of a definition and of the command line
 * @users, @n_users: inputs of the command line, for this partition
 * @exclude: patterns of the command line; must outlive the contents
 * @time: of directories and links that the definition makes; NULL: now
 *
 * Interprets nothing.  part_contents_close() is needed in any case.
 */
int part_contents_open(struct contents *contents,
		       const struct definition *definition, char **users,
		       size_t n_users, const struct patterns *exclude,
		       const struct timestamp *time, struct lkl_error *err);
void part_contents_close(struct contents *contents);

/* The path of a source; to be freed. */
char *definition_path(const struct definition *definition, const char *path);

#endif /* TAR2FS_LAYOUT_CONTENTS_H */
