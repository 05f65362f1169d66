/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * archive-size.h - the room that a member of an archive takes in a file system.
 */
#ifndef COPY_ARCHIVE_SIZE_H
#define COPY_ARCHIVE_SIZE_H

#include <stdint.h>

#include "common/archive-library.h"

/*
 * member_data_bytes - bytes of data without the holes
 * @size: the result for a member without a map of its holes
 *
 * With a map, the pieces of data in blocks of 4 KiB.
 */
uint64_t member_data_bytes(struct archive_entry *member, uint64_t size);

/* An estimate for extended attributes and ACLs, in bytes. */
uint64_t member_xattr_bytes(struct archive_entry *member);

#endif /* COPY_ARCHIVE_SIZE_H */
