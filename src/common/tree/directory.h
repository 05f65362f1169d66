/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * directory.h - the names in a directory, in the order asked for.
 */
#ifndef TOOLS_DIRECTORY_H
#define TOOLS_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

enum sort_order {
	SORT_NONE,
	SORT_NAME,
	SORT_INODE,
};

/* How to read it: the image's kernel is called differently from the host's. */
struct directory_calls {
	/* struct linux_dirent64s to @buf: bytes, 0 at the end, -errno. */
	long (*getdents)(int fd, void *buf, size_t size);
	long (*seek)(int fd, long offset, int whence);
	void (*close)(int fd);
};

extern const struct directory_calls directory_image_calls;

struct directory_entry;

struct directory {
	const struct directory_calls *calls;
	int fd;				/* owned */
	enum sort_order sort;
	char *names;			/* what getdents64() gave */
	size_t len, at;			/* bytes in it, and handed out */
	const struct directory_entry **sorted;
	size_t n, next;			/* of @sorted, and handed out */
	int64_t position;		/* behind the last name handed out */
	bool complete;			/* nothing more to be read */
};

/* An argument of --sort; -EINVAL. */
int directory_parse_sort(const char *argument, enum sort_order *ret_sort,
			 struct lkl_error *err);

/* Takes @fd. */
void directory_init(struct directory *directory,
		    const struct directory_calls *calls, int fd,
		    enum sort_order sort);
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

#endif /* TOOLS_DIRECTORY_H */
