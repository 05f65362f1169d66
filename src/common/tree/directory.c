// SPDX-License-Identifier: GPL-2.0-only
/*
 * directory.c - reads the names in a directory, sorted or not.
 *
 * An unsorted directory of any length is read through one small buffer.  A
 * sorted one is read into memory as a whole.
 */
#include "directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

#define NAMES_SIZE (32u << 10)

/* The kernel's struct linux_dirent64, which is in no UAPI header. */
struct directory_entry {
	uint64_t ino;
	int64_t next;			/* lseek() offset of the next one */
	uint16_t len;
	uint8_t type;			/* not to be trusted */
	char name[];
};

#define ENTRY_HEADER offsetof(struct directory_entry, name)

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

void directory_free_buffer(struct directory *directory)
{
	if (directory->sort != SORT_NONE || !directory->names)
		return;
	free(directory->names);
	directory->names = NULL;
	directory->len = directory->at = 0;
	directory->complete = false;
}

/* Returns bytes read into @buf, 0 at the end, or -errno. */
static long directory_read(struct directory *directory, void *buf, size_t size)
{
	return directory->calls->getdents(directory->fd, buf, size);
}

/* The entry at offset @at of @len bytes, or NULL. */
static const struct directory_entry *
directory_entry_at(const char *names, size_t at, size_t len)
{
	const struct directory_entry *entry = (const void *)(names + at);

	if (len - at <= ENTRY_HEADER || entry->len > len - at ||
	    entry->len <= ENTRY_HEADER ||
	    !memchr(entry->name, '\0', entry->len - ENTRY_HEADER))
		return NULL;
	return entry;
}

static bool is_dot_or_dotdot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int directory_next_unsorted(struct directory *directory,
				   const char **ret_name)
{
	const struct directory_entry *entry;
	long n;

	for (;;) {
		entry = directory_entry_at(directory->names, directory->at,
					   directory->len);
		if (entry) {
			directory->at += entry->len;
			directory->position = entry->next;
			if (is_dot_or_dotdot(entry->name))
				continue;
			*ret_name = entry->name;
			return 1;
		}
		if (directory->complete)
			return 0;
		n = directory_read(directory, directory->names, NAMES_SIZE);
		directory->at = 0;
		directory->len = n > 0 ? (size_t)n : 0;
		if (n <= 0) {
			directory->complete = true;
			return (int)n;
		}
	}
}

static int compare_entry_names(const void *a, const void *b)
{
	const struct directory_entry *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int compare_entry_inodes(const void *a, const void *b)
{
	const struct directory_entry *const *x = a, *const *y = b;

	if ((*x)->ino != (*y)->ino)
		return (*x)->ino < (*y)->ino ? -1 : 1;
	return compare_entry_names(a, b);
}

/* Reads all names; keeps those before an error. */
static int directory_read_all(struct directory *directory)
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
		n = directory_read(directory, directory->names + directory->len,
				   size - directory->len);
		if (n > 0)
			directory->len += (size_t)n;
	} while (n > 0);

	/* It is kept while all below it is walked: give back the rest. */
	names = realloc(directory->names, directory->len + 1);
	if (names)
		directory->names = names;
	return (int)n;
}

static int directory_sort(struct directory *directory)
{
	const struct directory_entry *entry;
	size_t at, n = 0;

	for (at = 0; (entry = directory_entry_at(directory->names, at,
						 directory->len));
	     at += entry->len)
		n++;
	directory->sorted = calloc(n + 1, sizeof(*directory->sorted));
	if (!directory->sorted)
		return -ENOMEM;
	for (at = 0; (entry = directory_entry_at(directory->names, at,
						 directory->len));
	     at += entry->len)
		if (!is_dot_or_dotdot(entry->name))
			directory->sorted[directory->n++] = entry;
	qsort(directory->sorted, directory->n, sizeof(*directory->sorted),
	      directory->sort == SORT_NAME ? compare_entry_names :
	      compare_entry_inodes);
	return 0;
}

static int directory_next_sorted(struct directory *directory,
				 const char **ret_name)
{
	int ret, sorted;

	if (!directory->complete) {
		directory->complete = true;
		ret = directory_read_all(directory);
		sorted = directory_sort(directory);
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
		directory_next_unsorted(directory, ret_name) :
		directory_next_sorted(directory, ret_name);
}
