/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * directory.h - the names in a directory, in the order asked for.
 */
#ifndef FS2TAR_DIRECTORY_H
#define FS2TAR_DIRECTORY_H

#include "job.h"

struct directory_entry;

struct directory {
	int fd;				/* the kernel's; owned */
	enum sort_order sort;
	char *names;			/* what getdents64() gave */
	size_t len, at;			/* bytes in it, and handed out */
	const struct directory_entry **sorted;
	size_t n, next;			/* of @sorted, and handed out */
	int64_t position;		/* behind the last name handed out */
	bool complete;			/* nothing more to be read */
};

/* Takes @fd. */
void directory_init(struct directory *directory, int fd, enum sort_order sort);
void directory_close(struct directory *directory);

/*
 * directory_next - hand out the next name, without "." and ".."
 * @ret_name: holds until the next call for this directory
 *
 * Returns 1, 0 at the end, -errno (after which the end follows).
 */
int directory_next(struct directory *directory, const char **ret_name);

/*
 * directory_rest - give memory back for a while, if it can be had again
 *
 * The next call of directory_next() goes on where it was.
 */
void directory_rest(struct directory *directory);

#endif /* FS2TAR_DIRECTORY_H */
