// SPDX-License-Identifier: GPL-2.0-only
/*
 * accounts.c - the users and groups of the image.
 *
 * The files are an image's, so they may hold anything.  A name with a character
 * that is not printable is taken for none.
 */
#include "accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

/* A longer file is not read at all. */
#define FILE_MAX (256u << 10)

/* Fields of both files are separated by colons. */
#define FIELD_NAME	0u
#define FIELD_ID	2u
#define FIELD_HOME	5u		/* of passwd */

static void file_free(struct accounts_file *file)
{
	free(file->text);
	*file = (struct accounts_file){ 0 };
}

static void read_text(struct accounts_file *file, int fd)
{
	long n;

	file->text = malloc(file->size + 1);
	while (file->text && file->len < file->size) {
		n = lkl_sys_pread64((unsigned int)fd, file->text + file->len,
				    file->size - file->len, (long)file->len);
		if (n <= 0)
			break;
		file->len += (size_t)n;
	}
}

static void file_refresh(struct accounts_file *file, const char *path)
{
	int fd = (int)lkl_sys_openat(LKL_AT_FDCWD, path, LKL_O_RDONLY |
				     LKL_O_NONBLOCK | LKL_O_CLOEXEC, 0);
	struct lkl_statx st;

	if (fd < 0 ||
	    lkl_sys_statx(fd, "", LKL_AT_EMPTY_PATH, LKL_STATX_BASIC_STATS,
			  &st) < 0 ||
	    (st.stx_mode & LKL_S_IFMT) != LKL_S_IFREG ||
	    st.stx_size > FILE_MAX) {
		file_free(file);
	} else if (file->inode != st.stx_ino || file->size != st.stx_size ||
		   file->seconds != st.stx_mtime.tv_sec ||
		   file->nanoseconds != st.stx_mtime.tv_nsec) {
		file_free(file);
		file->inode = st.stx_ino;
		file->size = st.stx_size;
		file->seconds = st.stx_mtime.tv_sec;
		file->nanoseconds = st.stx_mtime.tv_nsec;
		read_text(file, fd);
	}
	if (fd >= 0)
		lkl_sys_close((unsigned int)fd);
}

void accounts_refresh(struct accounts *accounts)
{
	file_refresh(&accounts->users, "/etc/passwd");
	file_refresh(&accounts->groups, "/etc/group");
}

void accounts_free(struct accounts *accounts)
{
	file_free(&accounts->users);
	file_free(&accounts->groups);
}

/* Copies a field of the line that ends at @end; false if it cannot be one. */
static bool get_field(const char *line, const char *end, unsigned int field,
		      char *value, size_t size)
{
	const char *colon;
	size_t len = 0;

	while (field--) {
		colon = memchr(line, ':', (size_t)(end - line));
		if (!colon)
			return false;
		line = colon + 1;
	}
	while (line + len < end && line[len] != ':') {
		if ((unsigned char)line[len] < ' ' || line[len] == 0x7f ||
		    len + 1 >= size)
			return false;
		value[len] = line[len];
		len++;
	}
	value[len] = '\0';
	return len;
}

/* Finds the line in which @field is @wanted, and gets another field of it. */
static bool find_field(const struct accounts_file *file, unsigned int field,
		       const char *wanted, unsigned int other, char *value,
		       size_t size)
{
	const char *line = file->text, *last = file->text + file->len, *end;
	char found[ACCOUNT_NAME_MAX];

	if (!file->text)
		return false;
	for (; line < last; line = end + 1) {
		end = memchr(line, '\n', (size_t)(last - line));
		if (!end)
			end = last;
		if (get_field(line, end, field, found, sizeof(found)) &&
		    !strcmp(found, wanted))
			return get_field(line, end, other, value, size);
	}
	return false;
}

static bool find_name(const struct accounts_file *file, uint32_t id, char *name)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", id);
	if (find_field(file, FIELD_ID, number, FIELD_NAME, name,
		       ACCOUNT_NAME_MAX))
		return true;
	snprintf(name, ACCOUNT_NAME_MAX, "%s", number);
	return false;
}

bool accounts_user(const struct accounts *accounts, uint32_t uid, char *name)
{
	return find_name(&accounts->users, uid, name);
}

bool accounts_group(const struct accounts *accounts, uint32_t gid, char *name)
{
	return find_name(&accounts->groups, gid, name);
}

bool accounts_home(const struct accounts *accounts, const char *user,
		   char *home, size_t size)
{
	if (!user || !*user)
		return find_field(&accounts->users, FIELD_ID, "0", FIELD_HOME,
				  home, size);
	return find_field(&accounts->users, FIELD_NAME, user, FIELD_HOME, home,
			  size);
}
