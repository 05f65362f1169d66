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
};

void manifest_entry_free(struct manifest_entry *entry);

/* Errors of the stream are left to ferror(). */
void manifest_write(FILE *out, const struct manifest_entry *entry);

/* manifest_end - everything was written; @failures: errors that were reported */
void manifest_end(FILE *out, uint64_t failures);

/*
 * manifest_read - the next entry
 *
 * 1; 0 after manifest_end(), with *@ret_failures; -EPROTO: there is no end, or no
 * sense in it; -ENOMEM.
 */
int manifest_read(FILE *in, struct manifest_entry *ret_entry,
		  uint64_t *ret_failures);

/* manifest_compare - the order of two paths: less than 0, 0, more than 0 */
int manifest_compare(const char *a, const char *b);

/*
 * manifest_walk - write the entries of a tree, and the end
 * @root: open directory of @calls; taken
 * @contents: with digests
 * @prefix: of paths in messages
 */
int manifest_walk(const struct file_calls *calls, int root, bool contents,
		  const char *prefix, FILE *out);

#endif /* LKLFS_MANIFEST_H */
