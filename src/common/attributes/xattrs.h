/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xattrs.h - the extended attributes of one file, in memory.
 */
#ifndef TOOLS_XATTRS_H
#define TOOLS_XATTRS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/tree/file-calls.h"

#define XATTR_ACCESS	"system.posix_acl_access"
#define XATTR_DEFAULT	"system.posix_acl_default"
#define XATTR_SELINUX	"security.selinux"

/* No kernel accepts a longer name. */
#define XATTR_NAME_LEN_MAX 255

/* Starts as all zero.  Its memory is reused from file to file. */
struct xattrs {
	char *records;
	size_t len, size;		/* bytes used and allocated */
	char *list;			/* scratch memory for names */
	const char **names;		/* the same, sorted */
	char *value;			/* and for one value */
};

/* Points into the records. */
struct xattr {
	const char *name;
	const void *value;
	size_t len;
};

void xattrs_free(struct xattrs *xattrs);
static inline void xattrs_reset(struct xattrs *xattrs)
{
	xattrs->len = 0;
}

/* -ENOMEM */
int xattrs_add(struct xattrs *xattrs, const char *name, const void *value,
	       size_t len);

/* Iterates: start with *@at = 0; returns false at the end. */
bool xattrs_next(const struct xattrs *xattrs, size_t *at,
		 struct xattr *ret_xattr);

/*
 * xattrs_read - read all attributes of a file, sorted by name
 *
 * Replaces what @xattrs held.  Leaves out attributes that repeat something
 * else about the file.  If one cannot be read, the others follow, and the
 * first error is returned.
 */
int xattrs_read(struct xattrs *xattrs, const struct file_calls *calls,
		const struct file_ref *file);

/*
 * xattrs_purge - remove all other attributes from a file
 * @acls: remove access control lists as well
 */
int xattrs_purge(struct xattrs *xattrs, const struct file_calls *calls,
		 const struct file_ref *file, bool acls);

#endif /* TOOLS_XATTRS_H */
