/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * directory.h - reads the names in a directory, sorted or not.
 */
#ifndef TOOLS_DIRECTORY_H
#define TOOLS_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "file-calls.h"

enum sort_order {
	SORT_NONE,
	SORT_NAME,
	SORT_INODE,
};

struct directory_entry;

struct directory {
	const struct directory_calls *calls;
	int fd;				/* owned */
	enum sort_order sort;
	char *names;			/* entries, as getdents64() gave them */
	size_t len, at;			/* bytes in @names, and handed out */
	const struct directory_entry **sorted;
	size_t n, next;			/* entries in @sorted, and handed out */
	int64_t position;		/* in the file, behind the last name */
	bool complete;			/* there is nothing more to read */
};

/* Parses the argument of --sort.  -EINVAL. */
int directory_parse_sort(const char *argument, enum sort_order *ret_sort,
			 struct lkl_error *err);

/* Takes @fd. */
void directory_init(struct directory *directory,
		    const struct directory_calls *calls, int fd,
		    enum sort_order sort);
void directory_close(struct directory *directory);

/*
 * directory_next - the next name, except "." and ".."
 * @ret_name: valid until the next call for this directory
 *
 * Returns 1, 0 at the end, or -errno.  After an error comes the end.
 */
int directory_next(struct directory *directory, const char **ret_name);

/*
 * directory_free_buffer - free the memory of an unsorted directory
 *
 * The next call of directory_next() reads on from the same position.
 */
void directory_free_buffer(struct directory *directory);

#endif /* TOOLS_DIRECTORY_H */
