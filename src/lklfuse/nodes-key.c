// SPDX-License-Identifier: GPL-2.0-only
/*
 * nodes-key.c - what a node stands for.
 */
#include "nodes-key.h"

#include <errno.h>
#include <string.h>

struct handle {
	struct lkl_file_handle h;
	unsigned char bytes[LKL_MAX_HANDLE_SZ];
};

int key_attributes(int dirfd, const char *name, struct lkl_statx *ret_st)
{
	unsigned int flags = LKL_AT_SYMLINK_NOFOLLOW | LKL_AT_NO_AUTOMOUNT;

	if (!*name)
		flags |= LKL_AT_EMPTY_PATH;
	return (int)lkl_sys_statx(dirfd, name, flags,
				  LKL_STATX_BASIC_STATS | LKL_STATX_BTIME,
				  ret_st);
}

static void set_no_handle(struct key *key)
{
	key->handle_type = -1;
	key->handle_bytes = 0;
	memset(key->handle, 0, sizeof(key->handle));
}

void key_set_numbers(struct key *key, const struct lkl_statx *st)
{
	key->dev_major = st->stx_dev_major;
	key->dev_minor = st->stx_dev_minor;
	key->ino = st->stx_ino;
	set_no_handle(key);
}

int key_get_handle(int dirfd, const char *name, struct key *key)
{
	struct handle handle = { .h.handle_bytes = LKL_MAX_HANDLE_SZ };
	int mount;
	long ret;

	set_no_handle(key);
	ret = lkl_sys_name_to_handle_at(dirfd, name, &handle.h, &mount,
					*name ? 0 : LKL_AT_EMPTY_PATH);
	/* It has none, or none that fits. */
	if (ret == -EOPNOTSUPP || ret == -EOVERFLOW)
		return 0;
	if (ret < 0)
		return (int)ret;
	if (handle.h.handle_bytes > HANDLE_MAX)
		return 0;
	key->handle_type = handle.h.handle_type;
	key->handle_bytes = handle.h.handle_bytes;
	memcpy(key->handle, handle.h.f_handle, handle.h.handle_bytes);
	return 0;
}

int key_open(int root_fd, const struct key *key, int flags)
{
	struct handle handle = {
		.h.handle_bytes = key->handle_bytes,
		.h.handle_type = key->handle_type,
	};

	memcpy(handle.h.f_handle, key->handle, key->handle_bytes);
	return (int)lkl_sys_open_by_handle_at(root_fd, &handle.h, flags);
}
