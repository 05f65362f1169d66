/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mtime.h - the time that files shall have in the output.
 */
#ifndef TOOLS_MTIME_H
#define TOOLS_MTIME_H

#include <stdbool.h>

#include "date.h"

struct mtime {
	bool set;			/* or files keep theirs */
	bool clamp;			/* those that are no later do so, too */
	struct timestamp time;
};

/*
 * mtime_complete - when all options are known
 *
 * A time that was given is what counts.  Without one, SOURCE_DATE_EPOCH is
 * looked for in the environment, as reproducible-builds.org has it, and is one
 * to clamp to.  Returns 1 if it is there, 0 or -EINVAL.
 */
int mtime_complete(struct mtime *mtime, struct lkl_error *err);

/* The time of a file whose own is @time. */
struct timestamp mtime_of(const struct mtime *mtime, struct timestamp time);

#endif /* TOOLS_MTIME_H */
