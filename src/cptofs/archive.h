/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * archive.h - a tar archive as the source of a copy.
 */
#ifndef CP_ARCHIVE_H
#define CP_ARCHIVE_H

#include "job.h"
#include "operands.h"

/*
 * archive_copy - unpack an archive into the destination
 * @path: "-" for standard input
 *
 * What is wrong with one member is told, and the others follow.
 */
int archive_copy(struct job *job, const char *path,
		 const struct operands *operands, struct lkl_error *err);

#endif /* CP_ARCHIVE_H */
