/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tar-reader.h - reads an uncompressed tar archive from any of its headers on.
 */
#ifndef CONTAINER_TAR_READER_H
#define CONTAINER_TAR_READER_H

#include <stdint.h>

#include "common/archive-library.h"

struct tar_reader {
	struct archive *archive;
	int fd;				/* not owned */
	uint64_t at;			/* next byte to read */
	char *buffer;
};

/* @offset: of a header.  Returns 0 or -errno and fills @err. */
int tar_reader_open(struct tar_reader *reader, int fd, uint64_t offset,
		    struct lkl_error *err);
void tar_reader_close(struct tar_reader *reader);

/* Returns 1, 0 at the end of the archive, or -errno. */
int tar_reader_next(struct tar_reader *reader, struct archive_entry **ret_member,
		    struct lkl_error *err);

#endif /* CONTAINER_TAR_READER_H */
