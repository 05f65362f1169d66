/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * link-targets.h - finds the files outside of the sources that "cptofs -L" is
 * going to read, because symbolic links lead to them.
 */
#ifndef CPTOFS_LINK_TARGETS_H
#define CPTOFS_LINK_TARGETS_H

#include <stddef.h>

#include "arguments.h"

/* Absolute paths without links; none is below a source, or another that was found before. */
struct link_targets {
	char **at;
	size_t n, size;
	void *known;		/* of tsearch(): these, and the sources; owned */
};

/*
 * link_targets_find - walk the sources as the copy will
 * @ret_targets: zeroed; to be freed, even if this fails
 *
 * Leaves out all that cannot be read, as the copy reports it.  0, -ENOMEM or -EINTR.
 */
int link_targets_find(const struct arguments *arguments,
		      struct link_targets *ret_targets);
void link_targets_free(struct link_targets *targets);

#endif /* CPTOFS_LINK_TARGETS_H */
