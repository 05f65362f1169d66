// SPDX-License-Identifier: GPL-2.0-only
/*
 * directories.c - answers the requests that list a directory.
 */
#include <errno.h>

#include "attributes.h"
#include "common/tree/directory.h"
#include "server.h"

/* An answer is not longer than this and one entry. */
#define ANSWER_SIZE	(64u << 10)

int answer_opendir(struct server *server, uint32_t id, struct packet *request)
{
	char path[SFTP_PATH_MAX];
	struct handle *handle;
	size_t start;
	int ret, fd;

	ret = request_path(request, path);
	if (ret)
		return ret;
	fd = (int)lkl_sys_openat(LKL_AT_FDCWD, path, LKL_O_RDONLY |
				 LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	ret = handle_add(&server->handles, fd, true, &handle);
	if (ret < 0)
		return ret;
	accounts_refresh(&server->accounts);
	start = answer_begin(server, SFTP_HANDLE, id);
	handle_put(&server->handles, handle, &server->out);
	answer_end(server, start);
	return REQUEST_ANSWERED;
}

/* Returns 1 and the next name, 0 at the end, or -errno. */
static int next_name(struct handle *handle, const char **ret_name)
{
	static const char *const dots[] = { ".", ".." };

	if (handle->dots < 2) {
		*ret_name = dots[handle->dots++];
		return 1;
	}
	return directory_next(handle->directory, ret_name);
}

static void put_entry(struct server *server, const struct handle *handle,
		      const char *name)
{
	char line[LONGNAME_MAX];
	struct lkl_statx st;
	long ret;

	buffer_put_string(&server->out, name);
	ret = lkl_sys_statx(handle->fd, name, LKL_AT_SYMLINK_NOFOLLOW,
			    LKL_STATX_BASIC_STATS | LKL_STATX_BTIME, &st);
	if (ret < 0) {
		/* A damaged inode: when the client asks for it, it gets the error. */
		buffer_put_string(&server->out, name);
		attributes_put_none(&server->out);
		return;
	}
	attributes_longname(&st, name, &server->accounts, line);
	buffer_put_string(&server->out, line);
	attributes_put(&server->out, &st, server->details);
}

int answer_readdir(struct server *server, uint32_t id, struct packet *request)
{
	struct handle *handle = request_handle(server, request);
	size_t start, count_at;
	uint32_t count = 0;
	const char *name;
	int ret = 0;

	if (!handle || !handle->directory)
		return -EBADF;
	start = answer_begin(server, SFTP_NAME, id);
	count_at = server->out.len;
	buffer_put_u32(&server->out, 0);
	while (server->out.len - start < ANSWER_SIZE && !server->out.failed) {
		ret = next_name(handle, &name);
		if (ret <= 0)
			break;
		put_entry(server, handle, name);
		count++;
	}
	if (!count) {
		server->out.len = start;
		return ret < 0 ? ret : REQUEST_AT_END;
	}
	buffer_set_u32(&server->out, count_at, count);
	answer_end(server, start);
	return REQUEST_ANSWERED;
}
