/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xattrs.h - the extended attributes of one file, held in memory.
 */
#ifndef CP_XATTRS_H
#define CP_XATTRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct calls;
struct place;

#define XATTR_ACCESS	"system.posix_acl_access"
#define XATTR_DEFAULT	"system.posix_acl_default"
#define XATTR_SELINUX	"security.selinux"

/* Reused from file to file. */
struct xattrs {
	char *records;
	size_t len, size;
	char *list;			/* room for names */
	char *value;			/* and for one value */
};

/* One of them; points into the records. */
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

/* Step through: start with *@at = 0; false at the end. */
bool xattrs_next(const struct xattrs *xattrs, size_t *at,
		 struct xattr *ret_xattr);
bool xattrs_has(const struct xattrs *xattrs, const char *name);

/*
 * xattrs_read - all that a file has, in place of what was here
 *
 * Goes on behind one that cannot be read, and returns the first error.  What
 * file systems list twice in forms of their own is left out.
 */
int xattrs_read(struct xattrs *xattrs, const struct calls *calls,
		const struct place *place);

/*
 * xattrs_purge - remove from a file what is not among these
 * @acls: the access control lists, too
 */
int xattrs_purge(struct xattrs *xattrs, const struct calls *calls,
		 const struct place *place, bool acls);

#endif /* CP_XATTRS_H */
