/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * assemble.h - puts the contents of partitions onto a disk.
 */
#ifndef TAR2FS_LAYOUT_ASSEMBLE_H
#define TAR2FS_LAYOUT_ASSEMBLE_H

#include <stdint.h>

#include "common/cli/common-options.h"

/*
 * assemble_part - copy a file to its place in the raw image of a disk
 * @from, @to: paths; holes of @from are left out
 *
 * Copies no more than @size bytes to @offset.
 */
int assemble_part(const char *from, const char *to, uint64_t offset,
		  uint64_t size, struct lkl_error *err);

/*
 * assemble_convert - make a qcow2 image of the raw image of a disk
 * @raw, @qcow2: paths; the latter is made anew
 *
 * The kernel inside writes it, in a confined process.
 */
int assemble_convert(const char *raw, const char *qcow2, uint64_t size,
		     const struct common_options *common,
		     struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_ASSEMBLE_H */
