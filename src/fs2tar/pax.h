/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pax.h - members of a pax archive.
 */
#ifndef FS2TAR_PAX_H
#define FS2TAR_PAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cli/date.h"
#include "records.h"
#include "sparse.h"
#include "stream.h"
#include "ustar.h"

/* Type flags of members. */
#define PAX_FILE	'0'
#define PAX_HARD_LINK	'1'
#define PAX_SYMLINK	'2'
#define PAX_CHAR	'3'
#define PAX_BLOCK_DEV	'4'
#define PAX_DIRECTORY	'5'
#define PAX_FIFO	'6'

/* What is said about a member; pointers are the caller's. */
struct pax_member {
	char type;
	const char *path;		/* of directories with a slash behind */
	const char *target;		/* of links, NULL for others */
	uint32_t mode;
	uint64_t uid, gid;
	const char *user, *group;	/* empty: none */
	uint64_t size;			/* of files, 0 for others */
	const struct sparse_map *map;	/* NULL: not sparse */
	uint32_t major, minor;
	struct timestamp mtime;
	struct timestamp atime, ctime;
	bool has_atime_ctime;
};

/*
 * pax_put_header - write the header of a member
 * @records: its attributes; more are added
 *
 * What follows is the member's data: the bytes of the file, or of the map's
 * extents if there is one, and pax_padding() zeroes.  -EIO if the output has
 * failed, -ENOMEM.
 */
int pax_put_header(struct records *records, struct stream *stream,
		   const struct pax_member *member);

/* Zeroes behind @size bytes of data. */
static inline unsigned int pax_padding(uint64_t size)
{
	return -size % USTAR_BLOCK;
}

/* The end of the archive. */
int pax_put_end(struct stream *stream);

#endif /* FS2TAR_PAX_H */
