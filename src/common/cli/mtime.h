/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mtime.h - replace or clamp the mtime of files in the output.
 */
#ifndef TOOLS_MTIME_H
#define TOOLS_MTIME_H

#include <stdbool.h>

#include "date.h"

struct mtime {
	bool set;			/* false: files keep their mtime */
	bool clamp;			/* only files with a later mtime get it */
	struct timestamp time;
};

/* For the notes of --help. */
#define MTIME_EPOCH_NOTE						\
	"SOURCE_DATE_EPOCH=N in the environment means --mtime=@N --clamp-mtime\n" \
	"--sort=name, unless --mtime is given.\n"

/* mtime_parse - set the time to the argument of --mtime, see date_parse() */
int mtime_parse(const char *text, struct mtime *mtime, struct lkl_error *err);

/*
 * mtime_complete - apply SOURCE_DATE_EPOCH after all options are parsed
 *
 * If no option has set a time, the variable SOURCE_DATE_EPOCH sets one to clamp
 * to (https://reproducible-builds.org/specs/source-date-epoch/).  Returns 1 if
 * the variable was used, otherwise 0 or -EINVAL.
 */
int mtime_complete(struct mtime *mtime, struct lkl_error *err);

/*
 * The same time for a kernel that starts then: nanoseconds since 1970.  Earlier
 * times are 0, and what does not fit is UINT64_MAX.
 */
uint64_t mtime_nanoseconds(const struct mtime *mtime);

/* The mtime in the output of a file whose mtime is @time. */
struct timestamp mtime_of(const struct mtime *mtime, struct timestamp time);

#endif /* TOOLS_MTIME_H */
