/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resolve.h - where a path of the program leads: into the image, or to the host.
 */
#ifndef LKLRUN_RESOLVE_H
#define LKLRUN_RESOLVE_H

#include <limits.h>
#include <stdbool.h>

#include "call.h"

/*
 * A place is a directory and the name of one entry of it, which may not exist,
 * or a file itself (@name is empty, to be used with AT_EMPTY_PATH).  Inside and on
 * the host the calls ...at(fd, name, ...) take it as it is.
 */
struct place {
	bool host;		/* @fd is of the host, not inside */
	bool owned;		/* place_release() closes @fd */
	/*
	 * Of the host: the caller's own call reaches the same file, so a handler
	 * may return CALL_CONTINUE.
	 */
	bool native;
	bool directory;		/* the path ends in "/": it has to be one */
	int fd;
	/*
	 * "": @fd itself.  May have several components if the resolver knows that
	 * the calls reach the right file with them, links included.
	 */
	char name[PATH_MAX];
};

#define RESOLVE_FOLLOW	0x1u	/* follow a link at the end */
#define RESOLVE_EMPTY	0x2u	/* "" is @dirfd itself (AT_EMPTY_PATH) */

/*
 * resolve - find the place of a path
 * @dirfd: a descriptor of the caller's, or AT_FDCWD
 * @path: as the program gave it
 *
 * With RESOLVE_FOLLOW the result is never a symbolic link, except one that
 * leads nowhere: then it is the place where the link leads to, for O_CREAT.
 * -ENOENT, -ENOTDIR, -ELOOP, -EBADF, ...: as the kernel has it.
 */
long resolve(struct call *call, int dirfd, const char *path, unsigned int flags,
	     struct place *ret_place);

/* resolve_argument - the same, with a path in the caller's memory */
long resolve_argument(struct call *call, int dirfd, uint64_t address,
		      unsigned int flags, struct place *ret_place);

void place_release(struct place *place);

/* place_copy - a place of its own; 0 or -errno */
int place_copy(const struct place *place, struct place *ret_place);

/*
 * place_call - make a call inside or on the host, where the place is
 * @inside, @host: LKL___NR_... and SYS_... of one call
 *
 * Returns its result or -errno.
 */
long place_call(const struct place *place, int inside, int host,
		const long args[6]);

/*
 * place_path - the absolute path of a place, as the program sees it
 * @buf: PATH_MAX bytes
 */
long place_path(struct call *call, const struct place *place, char *buf);

/* A file or folder of the host that the program sees at a path. */
struct bind {
	const char *host;
	const char *path;	/* absolute, normalised */
	bool read_only;
};

/*
 * resolve_init - after the mount
 * @root: descriptor inside, of the image's root directory
 * @binds: until the end; their host files are opened now
 * @at: where the image is; NULL: it is the root.  Then all else is the host's.
 */
int resolve_init(int root, const struct bind *binds, unsigned int n_binds,
		 const char *at, struct lkl_error *err);

/* resolve_start - the root and working directory of the first process */
struct directories;
int resolve_start(struct directories *directories, const char *cwd,
		  struct lkl_error *err);

#endif /* LKLRUN_RESOLVE_H */
