/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host-guardian.h - the calls on files of the host that the sandbox of a copy
 * refuses, made by a guardian outside of it.
 *
 * The sandbox allows changes of attributes by descriptor only, and has neither
 * CAP_SYS_ADMIN nor CAP_MKNOD.  So symbolic links and special files, which
 * cannot be opened, get their attributes from the guardian; it makes devices,
 * and it reads and writes attributes that only the administrator may (trusted.*
 * and some of security.*).
 *
 * An attacker may control the asking process.  The guardian takes a directory
 * as a descriptor, and changes nothing unless that is the destination or below
 * it, and reads attributes only there and below the sources; names have one
 * component, and no link is followed.  It makes devices only
 * where nobody can open them in the sandbox: on a mount without devices.
 */
#ifndef COPY_HOST_GUARDIAN_H
#define COPY_HOST_GUARDIAN_H

#include <stdbool.h>

#include "common/tree/file-calls.h"

/*
 * A destination that does not exist yet is made in a directory of its own, so
 * that the sandbox need not open the directory that it will be in.
 */
struct staging {
	const char *parent;	/* where the destination will be */
	const char *directory;	/* the new directory, in @parent */
	const char *name;	/* of what is to move from there to @parent */
	const char *replaced;	/* the existing file, which this may replace and
				   whose attributes may change; or NULL */
};

/*
 * host_guardian_start - fork the guardian; see guardian_start()
 * @destination: a directory, or NULL: the copy changes nothing on the host
 * @staging: NULL: none
 * @sources: ended by NULL; attributes of these, and of all below, may be read;
 *	NULL: none
 */
int host_guardian_start(const char *destination, const struct staging *staging,
			const char *const *sources, struct lkl_error *err);

/*
 * host_guardian_settle - move what was made in the staging directory, if any
 *
 * Returns 0 if there is nothing to move.  -EEXIST if a file of that name was
 * made meanwhile; the staging directory stays then.
 */
int host_guardian_settle(void);

/*
 * host_guardian_end - end it, if there is one
 *
 * It first settles what was not settled, and removes the staging directory, as
 * it does when the process is killed.
 */
void host_guardian_end(void);

enum host_call {
	HOST_MKNOD,		/* mode, device */
	HOST_CHOWN,		/* user, group */
	HOST_CHMOD,		/* mode */
	HOST_UTIMES,		/* data: two times */
	HOST_SETXATTR,		/* name; data: the value */
	HOST_REMOVEXATTR,	/* name */
	HOST_GETXATTR,		/* name; the answer is the value */
	HOST_LISTXATTR,		/* the answer is the list */
	HOST_HIDDEN_NAMES,	/* of a directory; see host-hidden.h */
	HOST_SETTLE,
};

struct host_request {
	enum host_call call;
	struct file_ref file;
	uint64_t a, b;
	const char *name;	/* of an attribute, or NULL */
	const void *data;
	size_t size;
};

/* Whether to ask it: for a change by name, or for privileged attributes. */
bool host_guardian_has_paths(void);
bool host_guardian_has_xattrs(void);

/* Whether an open file is the existing destination: it needs no name then. */
bool host_guardian_knows(int fd);

/*
 * host_guardian_call - have the guardian make a call
 * @buf: for the answer, @size bytes; if @size is 0, only its length is returned
 *
 * Returns 0, the length of the answer, or -errno; -ERANGE if it does not fit.
 */
long host_guardian_call(const struct host_request *request, void *buf,
			size_t size);

#endif /* COPY_HOST_GUARDIAN_H */
