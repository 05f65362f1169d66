// SPDX-License-Identifier: GPL-2.0-only
/*
 * names.c - answers requests about names: attributes, links, renames, removal.
 */
#include <errno.h>

#include "attributes.h"
#include "common/attributes/adopt.h"
#include "realpath.h"
#include "server.h"

/* ---- Attributes ---- */

static int answer_attributes(struct server *server, uint32_t id, int dir,
			     const char *path, unsigned int flags)
{
	struct lkl_statx st;
	size_t start;
	long ret;

	ret = lkl_sys_statx(dir, path, flags,
			    LKL_STATX_BASIC_STATS | LKL_STATX_BTIME, &st);
	if (ret < 0)
		return (int)ret;
	start = answer_begin(server, SFTP_ATTRS, id);
	attributes_put(&server->out, &st, server->details);
	answer_end(server, start);
	return REQUEST_ANSWERED;
}

static int answer_path_attributes(struct server *server, uint32_t id,
				  struct packet *request, unsigned int flags)
{
	char path[SFTP_PATH_MAX];
	int ret;

	ret = request_path(request, path);
	return ret ? ret : answer_attributes(server, id, LKL_AT_FDCWD, path,
					     flags);
}

int answer_stat(struct server *server, uint32_t id, struct packet *request)
{
	return answer_path_attributes(server, id, request, 0);
}

int answer_lstat(struct server *server, uint32_t id, struct packet *request)
{
	return answer_path_attributes(server, id, request,
				      LKL_AT_SYMLINK_NOFOLLOW);
}

int answer_fstat(struct server *server, uint32_t id, struct packet *request)
{
	struct handle *handle = request_handle(server, request);

	if (!handle)
		return -EBADF;
	return answer_attributes(server, id, handle->fd, "",
				 LKL_AT_EMPTY_PATH);
}

static int request_path_attributes(struct packet *request, char *path,
				   struct attributes *ret_attributes)
{
	int ret = request_path(request, path);

	if (ret)
		return ret;
	attributes_get(request, ret_attributes);
	return request->bad ? REQUEST_MALFORMED : 0;
}

int answer_setstat(struct server *server, uint32_t id, struct packet *request)
{
	struct attributes attributes;
	char path[SFTP_PATH_MAX];
	int ret;

	(void)server;
	(void)id;
	ret = request_path_attributes(request, path, &attributes);
	if (ret)
		return ret;
	return attributes_set(&attributes, -1, path, 0);
}

int answer_lsetstat(struct server *server, uint32_t id, struct packet *request)
{
	struct attributes attributes;
	char path[SFTP_PATH_MAX];
	int ret;

	(void)server;
	(void)id;
	ret = request_path_attributes(request, path, &attributes);
	if (ret)
		return ret;
	/* A link has no size that could be set. */
	if (attributes.flags & SFTP_ATTR_SIZE)
		return REQUEST_MALFORMED;
	return attributes_set(&attributes, -1, path, LKL_AT_SYMLINK_NOFOLLOW);
}

int answer_fsetstat(struct server *server, uint32_t id, struct packet *request)
{
	struct handle *handle = request_handle(server, request);
	struct attributes attributes;

	(void)id;
	attributes_get(request, &attributes);
	if (request->bad)
		return REQUEST_MALFORMED;
	return handle ? attributes_set(&attributes, handle->fd, NULL, 0) :
		-EBADF;
}

/* ---- Names ---- */

int answer_mkdir(struct server *server, uint32_t id, struct packet *request)
{
	struct attributes attributes;
	char path[SFTP_PATH_MAX];
	int ret;

	(void)server;
	(void)id;
	ret = request_path_attributes(request, path, &attributes);
	if (ret)
		return ret;
	return (int)lkl_sys_mkdirat(LKL_AT_FDCWD, path,
				    attributes.flags & SFTP_ATTR_MODE ?
				    (lkl_umode_t)(attributes.mode & 07777) :
				    0777);
}

static int remove_name(struct packet *request, int flags)
{
	char path[SFTP_PATH_MAX];
	int ret;

	ret = request_path(request, path);
	return ret ? ret : (int)lkl_sys_unlinkat(LKL_AT_FDCWD, path, flags);
}

int answer_rmdir(struct server *server, uint32_t id, struct packet *request)
{
	(void)server;
	(void)id;
	return remove_name(request, LKL_AT_REMOVEDIR);
}

int answer_remove(struct server *server, uint32_t id, struct packet *request)
{
	(void)server;
	(void)id;
	return remove_name(request, 0);
}

static int request_two_paths(struct packet *request, char *first, char *second)
{
	int ret = request_path(request, first);

	return ret ? ret : request_path(request, second);
}

static int rename_paths(struct packet *request, unsigned int flags)
{
	char from[SFTP_PATH_MAX], to[SFTP_PATH_MAX];
	int ret;

	ret = request_two_paths(request, from, to);
	return ret ? ret : (int)lkl_sys_renameat2(LKL_AT_FDCWD, from,
						  LKL_AT_FDCWD, to, flags);
}

/* The draft: "it is an error if there already exists a file with the name". */
int answer_rename(struct server *server, uint32_t id, struct packet *request)
{
	(void)server;
	(void)id;
	return rename_paths(request, LKL_RENAME_NOREPLACE);
}

int answer_posix_rename(struct server *server, uint32_t id,
			struct packet *request)
{
	(void)server;
	(void)id;
	return rename_paths(request, 0);
}

static int check_regular(const struct lkl_statx *st)
{
	switch (st->stx_mode & LKL_S_IFMT) {
	case LKL_S_IFREG:
		return 0;
	case LKL_S_IFDIR:
		return -EISDIR;
	}
	return -EINVAL;
}

/* The old file, if there is one: a regular file and no symbolic link. */
static int adopt_attributes(const char *path, int fd)
{
	struct lkl_statx st;
	int ret = (int)lkl_sys_statx(LKL_AT_FDCWD, path,
				     LKL_AT_SYMLINK_NOFOLLOW,
				     LKL_STATX_BASIC_STATS, &st);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	ret = check_regular(&st);
	return ret ? ret : attributes_adopt(path, &st, fd);
}

/*
 * replace@lkl: the new file takes the attributes of the old one, and its name when
 * its data are on the disk.
 */
int answer_replace(struct server *server, uint32_t id, struct packet *request)
{
	char from[SFTP_PATH_MAX], to[SFTP_PATH_MAX];
	struct lkl_statx st;
	int ret, fd;

	(void)server;
	(void)id;
	ret = request_two_paths(request, from, to);
	if (ret)
		return ret;
	fd = (int)lkl_sys_openat(LKL_AT_FDCWD, from, LKL_O_RDONLY |
				 LKL_O_NOFOLLOW | LKL_O_NONBLOCK |
				 LKL_O_NOCTTY | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	ret = (int)lkl_sys_statx(fd, "", LKL_AT_EMPTY_PATH, LKL_STATX_TYPE,
				 &st);
	if (!ret)
		ret = check_regular(&st);
	if (!ret)
		ret = adopt_attributes(to, fd);
	if (!ret)
		ret = (int)lkl_sys_fsync((unsigned int)fd);
	if (!ret)
		ret = (int)lkl_sys_renameat2(LKL_AT_FDCWD, from, LKL_AT_FDCWD,
					     to, 0);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

/*
 * The draft has the name first and the target second.  OpenSSH's server takes
 * them the other way round, and so do all clients.
 */
int answer_symlink(struct server *server, uint32_t id, struct packet *request)
{
	char target[SFTP_PATH_MAX], path[SFTP_PATH_MAX];
	int ret;

	(void)server;
	(void)id;
	ret = request_two_paths(request, target, path);
	return ret ? ret : (int)lkl_sys_symlinkat(target, LKL_AT_FDCWD, path);
}

int answer_hardlink(struct server *server, uint32_t id, struct packet *request)
{
	char from[SFTP_PATH_MAX], to[SFTP_PATH_MAX];
	int ret;

	(void)server;
	(void)id;
	ret = request_two_paths(request, from, to);
	return ret ? ret : (int)lkl_sys_linkat(LKL_AT_FDCWD, from,
					       LKL_AT_FDCWD, to, 0);
}

int answer_readlink(struct server *server, uint32_t id, struct packet *request)
{
	char path[SFTP_PATH_MAX], target[SFTP_PATH_MAX];
	long n;
	int ret;

	ret = request_path(request, path);
	if (ret)
		return ret;
	n = lkl_sys_readlinkat(LKL_AT_FDCWD, path, target, sizeof(target) - 1);
	if (n < 0)
		return (int)n;
	target[n] = '\0';
	return answer_name(server, id, target);
}

int answer_realpath(struct server *server, uint32_t id, struct packet *request)
{
	char path[SFTP_PATH_MAX], resolved[SFTP_PATH_MAX];
	int ret;

	ret = request_path(request, path);
	if (!ret)
		ret = resolve_path(path, resolved);
	return ret ? ret : answer_name(server, id, resolved);
}
