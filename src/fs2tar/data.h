/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * data.h - the contents of files.
 */
#ifndef FS2TAR_DATA_H
#define FS2TAR_DATA_H

#include "job.h"

/*
 * data_copy - write an open file's bytes and the padding behind them
 * @map: its extents, NULL for all of it
 *
 * The header has promised a size, so what cannot be read becomes zeroes, and
 * an error of the file.
 */
int data_copy(struct job *job, int fd, uint64_t size,
	      const struct sparse_map *map);

#endif /* FS2TAR_DATA_H */
