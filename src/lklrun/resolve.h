/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resolve.h - where a path of the program leads: into the image, or to the host.
 */
#ifndef LKLRUN_RESOLVE_H
#define LKLRUN_RESOLVE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

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
	 * may return CALL_CONTINUE.  @fd may be -1: if the handler makes the call
	 * itself, that is -EBADF.
	 */
	bool native;
	bool directory;		/* the path ends in "/": it has to be one */
	/*
	 * Of the host, and neither native nor an open file itself: whatever happens
	 * to its path, @fd is the file, or with PLACE_PARENT and PLACE_NAME the
	 * directory of @name.  place_bind() has the path.
	 */
	bool pinned;
	int fd;
	/*
	 * "": @fd itself.  May have several components if the resolver knows that
	 * the calls reach the right file with them, links included.
	 */
	char name[PATH_MAX];
	/* Of pinned places: */
	const struct bind_point *bind;
	char path[PATH_MAX];	/* from the bind, if it is not NULL */
};

/*
 * place_init - a place that is an open file itself, which nobody releases
 *
 * Assigning a whole struct place would clear its 8 KiB of names.
 */
static inline void place_init(struct place *place, bool host, int fd)
{
	place->host = host;
	place->owned = place->native = place->directory = place->pinned = false;
	place->fd = fd;
	place->name[0] = place->path[0] = '\0';
	place->bind = NULL;
}

#define PLACE_FOLLOW	0x1u	/* follow a link at the end */
#define PLACE_EMPTY	0x2u	/* "" is @dirfd itself (AT_EMPTY_PATH) */
/*
 * The call is about the name: mkdir, unlink, rename.  Where files of the host are
 * seen, the place is the mount point inside.
 */
#define PLACE_PARENT	0x4u
/* Of walk.c: the path is not that of the call, so the place is not native. */
#define PLACE_AGAIN	0x8u

/* With PLACE_EMPTY: the place is for place_check_change(). */
#define PLACE_CHANGE	0x10u

/* The call makes the name (O_CREAT), or does not follow it: readlink, link. */
#define PLACE_NAME	0x20u

/*
 * resolve - find the place of a path
 * @dirfd: a descriptor of the caller's, or AT_FDCWD
 * @path: as the program gave it
 *
 * With PLACE_FOLLOW, the place may be a link that leads to the right file, or, for
 * O_CREAT, nowhere: use calls that follow it.  Without PLACE_FOLLOW, use calls that
 * do not.  A place inside is valid until the next resolve() of another process, which
 * may have another root.
 *
 * Returns 0, or -ENOENT, -ENOTDIR, -ELOOP, -EBADF, ... as the kernel does.  An error of
 * the last name may come only from the call that uses the place.
 */
long resolve(struct call *call, int dirfd, const char *path, unsigned int flags,
	     struct place *ret_place);

/* resolve_argument - the same, with a path in the caller's memory */
long resolve_argument(struct call *call, int dirfd, uint64_t address,
		      unsigned int flags, struct place *ret_place);

void place_release(struct place *place);

/*
 * place_copy - a copy that does not depend on @place; 0 or -errno
 *
 * @ret_place owns its descriptor, unless that is the image's root or one of a bind.
 */
int place_copy(const struct place *place, struct place *ret_place);

/*
 * place_enter - make a place the working directory, or the root, of a process
 * @directory: replaced; it owns what it needs
 *
 * Releases @place.  -ENOTDIR, -EACCES.  A link at the end is followed.  With --at,
 * the calling function has to know that a place of the host is a directory.
 */
long place_enter(struct place *place, struct place *directory);

/*
 * place_bind - the bind that a place of the host is in, or NULL
 * @ret_path: its path from there; without a bind as resolve() got it.  Valid as long as
 * @place.
 */
const struct bind_point *place_bind(const struct place *place,
				    const char **ret_path);

/*
 * place_call - make a call inside or on the host, where the place is
 * @inside, @host: LKL___NR_... and SYS_... of one call
 *
 * Returns its result or -errno.
 */
long place_call(const struct place *place, int inside, int host,
		const long args[6]);

/*
 * place_flags - flags for a call that takes a place, such as fstatat()
 * @flags: AT_...
 *
 * Adds AT_EMPTY_PATH if the place has no name.
 */
int place_flags(const struct place *place, int flags);

/* place_check_change - may files be changed there? 0 or -EROFS */
long place_check_change(const struct place *place);

/* place_check_descriptor - the same for a descriptor of the caller's, of the host */
long place_check_descriptor(const struct call *call, int fd);

/*
 * place_pin - an O_PATH descriptor of a place of the host that a confined program may
 * use, whatever happens to its path afterwards
 * @follow: a link at the end
 * @change: to change attributes
 *
 * The calling function closes it.  -EACCES, -EROFS: confined_check().
 */
int place_pin(const struct place *place, bool follow, bool change);

/*
 * place_open_path - an O_PATH descriptor inside of a place inside, or -errno
 * @follow: a link at the end
 */
long place_open_path(const struct place *place, bool follow);

/*
 * place_reopen - open what a descriptor inside refers to once more
 * @flags: LKL_O_...; works for O_PATH descriptors, not for links
 */
long place_reopen(int inside, int flags);

/*
 * place_path - the absolute path of a place, as the program sees it
 * @buf: PATH_MAX bytes
 *
 * Follows a link at the end.  -ENOENT if the file has no path: it was removed, or is
 * outside of the process's root.
 */
long place_path(struct call *call, const struct place *place, char *buf);

/*
 * place_describe - the name of an open file, also of a deleted one, for messages
 * @buf: PATH_MAX bytes; "" on failure
 */
long place_describe(int inside, char *buf);

/* A file or folder of the host that the program sees at a path. */
struct bind {
	const char *host;
	const char *path;	/* absolute, normalised */
	bool read_only;
	bool optional;		/* leave it out if the image has no such place */
};

/*
 * resolve_init - after the mount
 * @root: descriptor inside, of the image's root directory
 * @binds: until the end; their host files are opened now
 * @at: where the image is, if all other files are the host's; NULL: it is the root
 */
int resolve_init(int root, const struct bind *binds, unsigned int n_binds,
		 const char *at, struct lkl_error *err);

/* resolve_end - unmount what resolve_init() mounted; before the image is unmounted */
void resolve_end(void);

/* resolve_start - the root and working directory of the first process */
struct directories;
int resolve_start(struct directories *directories, const char *cwd,
		  struct lkl_error *err);

#endif /* LKLRUN_RESOLVE_H */
