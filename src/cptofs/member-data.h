/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * member-data.h - the contents of a file that is in an archive.
 */
#ifndef CP_MEMBER_DATA_H
#define CP_MEMBER_DATA_H

#include "job.h"

struct archive;

/*
 * member_data - the bytes of the member at hand to an open file
 * @st: the member's
 *
 * Returns what data_copy() does.
 */
int member_data(struct job *job, struct archive *archive, int to,
		const struct lkl_statx *st);

#endif /* CP_MEMBER_DATA_H */
