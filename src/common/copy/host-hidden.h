/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host-hidden.h - which files have attributes that only the administrator sees.
 *
 * In the sandbox, listxattr() leaves out trusted attributes, and the guardian is
 * asked for the whole list.  Hardly any file has one, and a question for each file
 * takes longer than the rest of the copy.  So the guardian looks at all files
 * of a directory at once, and at those of the directories below it.
 */
#ifndef COPY_HOST_HIDDEN_H
#define COPY_HOST_HIDDEN_H

#include <stdbool.h>

#include "common/sandbox/guardian.h"

/*
 * hidden_names_list - list the files with such attributes in a directory
 * @dir: a directory; its position stays
 * @ret_answer: records for the sandboxed process
 *
 * Also looks at directories below it, up to a limit, since the copy will ask for
 * those next.  Stays on the file system of @dir.  Runs in the guardian, and
 * changes its current directory.  Returns 0 or -errno.
 */
int hidden_names_list(int dir, struct guardian_answer *ret_answer);

/*
 * hidden_may_be_in - whether an entry of a directory may have such attributes
 * @dir: an open directory
 * @name: one of its entries, or "."
 *
 * Remembers answers, so an attribute that a file gets during the copy may be
 * missed.
 */
bool hidden_may_be_in(int dir, const char *name);

/* Whether an open directory itself may; true unless that is remembered. */
bool hidden_may_be_of(int fd);

#endif /* COPY_HOST_HIDDEN_H */
