/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * manifest.h - descriptions of all files of a tree, in one order, in a pipe.
 *
 * Paths are relative, without a dot in front; the root is "".  They are sorted by
 * their components, so that the files of a directory follow it.
 */
#ifndef LKLFS_MANIFEST_H
#define LKLFS_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <lkl.h>

#include "common/tree/file-calls.h"

/*
 * Extended attributes in three parts, since not every tree knows all of them.  The host
 * hides some attributes of the last part, and adds others; most archives have none.
 */
enum manifest_part {
	PART_ACL,			/* system.posix_acl_... */
	PART_XATTR,
	PART_HOST,			/* trusted...., SELinux labels */
	N_PARTS,
};

/* Digests that a manifest may have, beside the attributes of inodes. */
#define MANIFEST_CONTENTS	0x1u
#define MANIFEST_XATTRS		0x2u

struct manifest_entry {
	char *path;			/* the caller frees both */
	char *target;			/* of a link, or NULL */
	uint32_t mode, uid, gid;
	uint32_t major, minor;		/* of a device */
	uint64_t size;			/* of a regular file */
	int64_t mtime;
	uint32_t mtime_nsec;
	bool has_digest;
	uint8_t digest[32];		/* SHA-256 */
	/* The same of each part of the extended attributes; zeroes: there are none. */
	bool has_part[N_PARTS];		/* it is known whether there are any */
	uint8_t parts[N_PARTS][32];
};

void manifest_entry_free(struct manifest_entry *entry);

/* manifest_set_xattrs - the digests of a file's attributes, which are sorted */
struct xattrs;
void manifest_set_xattrs(struct manifest_entry *entry,
			 const struct xattrs *xattrs);

/* Errors of the stream are left to ferror(). */
void manifest_write(FILE *out, const struct manifest_entry *entry);

/* manifest_end - everything was written; @failures: errors that were reported */
void manifest_end(FILE *out, uint64_t failures);

/*
 * manifest_read - the next entry
 *
 * Returns 1; 0 after manifest_end(), with *@ret_failures; -EPROTO: the end is missing, or
 * an entry is malformed; -ENOMEM.
 */
int manifest_read(FILE *in, struct manifest_entry *ret_entry,
		  uint64_t *ret_failures);

/* manifest_compare - the order of two paths: less than 0, 0, more than 0 */
int manifest_compare(const char *a, const char *b);

/*
 * manifest_walk - write the entries of a tree, and the end
 * @root: open directory of @calls; taken
 * @what: MANIFEST_...
 * @prefix: of paths in messages
 */
int manifest_walk(const struct file_calls *calls, int root, unsigned int what,
		  const char *prefix, FILE *out);

#endif /* LKLFS_MANIFEST_H */
