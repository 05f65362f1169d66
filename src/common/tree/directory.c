// SPDX-License-Identifier: GPL-2.0-only
/*
 * directory.c - the names in a directory, in the order asked for.
 *
 * Unsorted, a directory of any length is read through one small buffer.  To
 * be sorted it has to be read as a whole.
 */
#include "directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

#define NAMES_SIZE (32u << 10)

/* The kernel's struct linux_dirent64, which no header of its own shows. */
struct directory_entry {
	uint64_t ino;
	int64_t next;			/* lseek() offset of the next one */
	uint16_t len;
	uint8_t type;			/* not to be trusted */
	char name[];
};

#define ENTRY_HEADER offsetof(struct directory_entry, name)

static long image_read(int fd, void *buf, size_t size)
{
	return lkl_sys_getdents64((unsigned int)fd, buf, (unsigned int)size);
}

static long image_seek(int fd, long offset, int whence)
{
	return lkl_sys_lseek((unsigned int)fd, offset, (unsigned int)whence);
}

static void image_close(int fd)
{
	lkl_sys_close((unsigned int)fd);
}

const struct directory_calls directory_image_calls = {
	.getdents = image_read,
	.seek = image_seek,
	.close = image_close,
};

int directory_parse_sort(const char *argument, enum sort_order *ret_sort,
			 struct lkl_error *err)
{
	if (!strcmp(argument, "none"))
		*ret_sort = SORT_NONE;
	else if (!strcmp(argument, "name"))
		*ret_sort = SORT_NAME;
	else if (!strcmp(argument, "inode"))
		*ret_sort = SORT_INODE;
	else
		return error_set(err, -EINVAL,
				 "not one of name, inode, none: %s", argument);
	return 0;
}

void directory_init(struct directory *directory,
		    const struct directory_calls *calls, int fd,
		    enum sort_order sort)
{
	memset(directory, 0, sizeof(*directory));
	directory->calls = calls;
	directory->fd = fd;
	directory->sort = sort;
}

void directory_close(struct directory *directory)
{
	directory->calls->close(directory->fd);
	free(directory->names);
	free(directory->sorted);
}

void directory_rest(struct directory *directory)
{
	if (directory->sort != SORT_NONE || !directory->names)
		return;
	free(directory->names);
	directory->names = NULL;
	directory->len = directory->at = 0;
	directory->complete = false;
}

/* Bytes read into @buf, 0 at the end, -errno. */
static long read_names(struct directory *directory, void *buf, size_t size)
{
	return directory->calls->getdents(directory->fd, buf, size);
}

/* The entry at @at of @len bytes, or NULL if there is none. */
static const struct directory_entry *entry_at(const char *names, size_t at,
					      size_t len)
{
	const struct directory_entry *entry = (const void *)(names + at);

	if (len - at <= ENTRY_HEADER || entry->len > len - at ||
	    entry->len <= ENTRY_HEADER ||
	    !memchr(entry->name, '\0', entry->len - ENTRY_HEADER))
		return NULL;
	return entry;
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int next_unsorted(struct directory *directory, const char **ret_name)
{
	const struct directory_entry *entry;
	long n;

	for (;;) {
		entry = entry_at(directory->names, directory->at,
				 directory->len);
		if (entry) {
			directory->at += entry->len;
			directory->position = entry->next;
			if (is_dots(entry->name))
				continue;
			*ret_name = entry->name;
			return 1;
		}
		if (directory->complete)
			return 0;
		n = read_names(directory, directory->names, NAMES_SIZE);
		directory->at = 0;
		directory->len = n > 0 ? (size_t)n : 0;
		if (n <= 0) {
			directory->complete = true;
			return (int)n;
		}
	}
}

static int by_name(const void *a, const void *b)
{
	const struct directory_entry *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int by_inode(const void *a, const void *b)
{
	const struct directory_entry *const *x = a, *const *y = b;

	if ((*x)->ino != (*y)->ino)
		return (*x)->ino < (*y)->ino ? -1 : 1;
	return by_name(a, b);
}

/* Read all; names read before an error are kept. */
static int read_all(struct directory *directory)
{
	size_t size = NAMES_SIZE;
	char *names;
	long n;

	do {
		if (size - directory->len < NAMES_SIZE / 2) {
			size *= 2;
			names = realloc(directory->names, size);
			if (!names)
				return -ENOMEM;
			directory->names = names;
		}
		n = read_names(directory, directory->names + directory->len,
			       size - directory->len);
		if (n > 0)
			directory->len += (size_t)n;
	} while (n > 0);

	/* It stays while all below is gone through. */
	names = realloc(directory->names, directory->len + 1);
	if (names)
		directory->names = names;
	return (int)n;
}

static int sort_all(struct directory *directory)
{
	const struct directory_entry *entry;
	size_t at, n = 0;

	for (at = 0; (entry = entry_at(directory->names, at, directory->len));
	     at += entry->len)
		n++;
	directory->sorted = calloc(n + 1, sizeof(*directory->sorted));
	if (!directory->sorted)
		return -ENOMEM;
	for (at = 0; (entry = entry_at(directory->names, at, directory->len));
	     at += entry->len)
		if (!is_dots(entry->name))
			directory->sorted[directory->n++] = entry;
	qsort(directory->sorted, directory->n, sizeof(*directory->sorted),
	      directory->sort == SORT_NAME ? by_name : by_inode);
	return 0;
}

static int next_sorted(struct directory *directory, const char **ret_name)
{
	int ret, sorted;

	if (!directory->complete) {
		directory->complete = true;
		ret = read_all(directory);
		sorted = sort_all(directory);
		if (sorted < 0 || ret < 0)
			return sorted < 0 ? sorted : ret;
	}
	if (directory->next == directory->n)
		return 0;
	*ret_name = directory->sorted[directory->next++]->name;
	return 1;
}

int directory_next(struct directory *directory, const char **ret_name)
{
	long at;

	if (!directory->names) {
		directory->names = malloc(NAMES_SIZE);
		if (!directory->names)
			return -ENOMEM;
		if (directory->position) {
			at = directory->calls->seek(directory->fd,
						    directory->position,
						    LKL_SEEK_SET);
			if (at < 0) {
				directory->complete = true;
				return (int)at;
			}
		}
	}
	return directory->sort == SORT_NONE ?
		next_unsorted(directory, ret_name) :
		next_sorted(directory, ret_name);
}
