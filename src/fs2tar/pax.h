/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pax.h - writes headers and records of a pax archive.
 */
#ifndef FS2TAR_PAX_H
#define FS2TAR_PAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cli/date.h"
#include "sparse.h"
#include "stream.h"

#define USTAR_BLOCK	512

/* Types of members. */
#define PAX_FILE	'0'
#define PAX_HARD_LINK	'1'
#define PAX_SYMLINK	'2'
#define PAX_CHAR	'3'
#define PAX_BLOCK_DEV	'4'
#define PAX_DIRECTORY	'5'
#define PAX_FIFO	'6'

/* The extended records of a header.  Reused from file to file. */
struct records {
	char *text;
	size_t len, size;		/* bytes used and allocated */
};

void records_reset(struct records *records);
void records_free(struct records *records);

/* A value may hold any bytes.  All return -ENOMEM. */
int records_add(struct records *records, const char *key, const void *value,
		size_t len);
int records_add_string(struct records *records, const char *key,
		       const char *value);
int records_add_number(struct records *records, const char *key,
		       uint64_t value);
int records_add_time(struct records *records, const char *key,
		     struct timestamp time);

/* A member's header.  Pointers are the caller's. */
struct pax_member {
	char type;
	const char *path;		/* of a directory: ends in a slash */
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
 * @records: extended attributes; more records are added
 *
 * After it, the caller writes the data: all bytes of the file, or those of
 * the map's extents, and then pax_padding() zeroes.  -ENOMEM; -EIO if the
 * output has failed.
 */
int pax_put_header(struct records *records, struct stream *stream,
		   const struct pax_member *member);

/* How many zeroes follow @size bytes of data. */
static inline unsigned int pax_padding(uint64_t size)
{
	return -size % USTAR_BLOCK;
}

/* Writes the end of the archive. */
int pax_put_end(struct stream *stream);

#endif /* FS2TAR_PAX_H */
