// SPDX-License-Identifier: GPL-2.0-only
/*
 * extensions.c - answers extended requests, which OpenSSH's PROTOCOL file and
 * the drafts "copy-data" and "home-directory" describe.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "realpath.h"
#include "server.h"

/* Of all ids in one request, so that an answer fits into a packet. */
#define IDS_MAX (SFTP_PACKET_MAX / 2 / (4 + ACCOUNT_NAME_MAX))

/* ---- The file system ---- */

static int answer_statfs(struct server *server, uint32_t id,
			 const struct lkl_statfs *st)
{
	size_t start = answer_begin(server, SFTP_EXTENDED_REPLY, id);
	struct buffer *out = &server->out;
	uint64_t flags = 0;

	if ((uint64_t)st->f_flags & LKL_MS_RDONLY)
		flags |= SFTP_STATVFS_READ_ONLY;
	if ((uint64_t)st->f_flags & LKL_MS_NOSUID)
		flags |= SFTP_STATVFS_NO_SUID;
	buffer_put_u64(out, (uint64_t)st->f_bsize);
	buffer_put_u64(out, (uint64_t)st->f_frsize);
	buffer_put_u64(out, (uint64_t)st->f_blocks);
	buffer_put_u64(out, (uint64_t)st->f_bfree);
	buffer_put_u64(out, (uint64_t)st->f_bavail);
	buffer_put_u64(out, (uint64_t)st->f_files);
	buffer_put_u64(out, (uint64_t)st->f_ffree);
	buffer_put_u64(out, (uint64_t)st->f_ffree);
	buffer_put_u64(out, (uint64_t)(uint32_t)st->f_fsid.val[1] << 32 |
		       (uint32_t)st->f_fsid.val[0]);
	buffer_put_u64(out, flags);
	buffer_put_u64(out, (uint64_t)st->f_namelen);
	answer_end(server, start);
	return REQUEST_ANSWERED;
}

static int answer_statvfs(struct server *server, uint32_t id,
			  struct packet *request)
{
	char path[SFTP_PATH_MAX];
	struct lkl_statfs st;
	int ret;

	ret = request_path(request, path);
	if (!ret)
		ret = (int)lkl_sys_statfs(path, &st);
	return ret ? ret : answer_statfs(server, id, &st);
}

static int answer_fstatvfs(struct server *server, uint32_t id,
			   struct packet *request)
{
	struct handle *handle = request_handle(server, request);
	struct lkl_statfs st;
	int ret;

	ret = handle ? (int)lkl_sys_fstatfs((unsigned int)handle->fd, &st) :
		-EBADF;
	return ret ? ret : answer_statfs(server, id, &st);
}

/* ---- The server ---- */

static int answer_limits(struct server *server, uint32_t id,
			 struct packet *request)
{
	size_t start = answer_begin(server, SFTP_EXTENDED_REPLY, id);

	(void)request;
	buffer_put_u64(&server->out, SFTP_PACKET_MAX);
	buffer_put_u64(&server->out, SFTP_READ_MAX);
	buffer_put_u64(&server->out, SFTP_WRITE_MAX);
	buffer_put_u64(&server->out, SFTP_HANDLES_MAX);
	answer_end(server, start);
	return REQUEST_ANSWERED;
}

/* ---- Users ---- */

/* The server acts as root of the image. */
static int find_home(struct server *server, const char *user, char *home)
{
	const char *text;

	accounts_refresh(&server->accounts);
	text = accounts_home(&server->accounts, user);
	if (!text || strlen(text) >= SFTP_PATH_MAX) {
		if (*user)
			return -ENOENT;
		text = "/";
	}
	strcpy(home, text);
	return 0;
}

static int answer_home_directory(struct server *server, uint32_t id,
				 struct packet *request)
{
	char user[SFTP_PATH_MAX], home[SFTP_PATH_MAX];
	int ret;

	ret = request_path(request, user);
	if (!ret)
		ret = find_home(server, user, home);
	return ret ? ret : answer_name(server, id, home);
}

/* Replaces "~" or "~USER" at the start of @path. */
static int expand_tilde(struct server *server, char *path)
{
	char home[SFTP_PATH_MAX], expanded[2 * SFTP_PATH_MAX];
	char *rest = path + strcspn(path, "/"), end = *rest;
	int ret;

	*rest = '\0';
	ret = find_home(server, path + 1, home);
	*rest = end;
	if (ret)
		return ret;
	snprintf(expanded, sizeof(expanded), "%s%s", home, rest);
	if (strlen(expanded) >= SFTP_PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(path, expanded, strlen(expanded) + 1);
	return 0;
}

static int answer_expand_path(struct server *server, uint32_t id,
			      struct packet *request)
{
	char path[SFTP_PATH_MAX], resolved[SFTP_PATH_MAX];
	int ret;

	ret = request_path(request, path);
	if (!ret && *path == '~')
		ret = expand_tilde(server, path);
	if (!ret)
		ret = resolve_path(path, resolved);
	return ret ? ret : answer_name(server, id, resolved);
}

/* A string that holds one string for each id; "" for one without a name. */
static void put_names(struct server *server, const struct wire_string *ids,
		      const char *(*find)(struct accounts *accounts,
					  uint32_t id))
{
	struct packet packet = { .data = ids->data, .left = ids->len };
	size_t at = server->out.len;
	const char *name;

	buffer_put_u32(&server->out, 0);
	while (packet.left >= 4) {
		name = find(&server->accounts, packet_u32(&packet));
		buffer_put_string(&server->out, name ? name : "");
	}
	buffer_set_u32(&server->out, at, (uint32_t)(server->out.len - at - 4));
}

static int answer_users_groups(struct server *server, uint32_t id,
			       struct packet *request)
{
	struct wire_string users = packet_string(request);
	struct wire_string groups = packet_string(request);
	size_t start;

	if (request->bad || users.len % 4 || groups.len % 4)
		return REQUEST_MALFORMED;
	if (users.len / 4 + groups.len / 4 > IDS_MAX)
		return -E2BIG;
	accounts_refresh(&server->accounts);
	start = answer_begin(server, SFTP_EXTENDED_REPLY, id);
	put_names(server, &users, accounts_user);
	put_names(server, &groups, accounts_group);
	answer_end(server, start);
	return REQUEST_ANSWERED;
}

const struct request_handler extension_handlers[] = {
	{ .name = "posix-rename@openssh.com", .version = "1", .changes = true,
	  .answer = answer_posix_rename },
	{ .name = "statvfs@openssh.com", .version = "2",
	  .answer = answer_statvfs },
	{ .name = "fstatvfs@openssh.com", .version = "2",
	  .answer = answer_fstatvfs },
	{ .name = "hardlink@openssh.com", .version = "1", .changes = true,
	  .answer = answer_hardlink },
	{ .name = "fsync@openssh.com", .version = "1",
	  .answer = answer_fsync },
	{ .name = "lsetstat@openssh.com", .version = "1", .changes = true,
	  .answer = answer_lsetstat },
	{ .name = "limits@openssh.com", .version = "1",
	  .answer = answer_limits },
	{ .name = "expand-path@openssh.com", .version = "1",
	  .answer = answer_expand_path },
	{ .name = "copy-data", .version = "1", .changes = true,
	  .answer = answer_copy_data },
	{ .name = SFTP_REPLACE, .version = "1", .changes = true,
	  .answer = answer_replace },
	{ .name = "home-directory", .version = "1",
	  .answer = answer_home_directory },
	{ .name = "users-groups-by-id@openssh.com", .version = "1",
	  .answer = answer_users_groups },
	{ .answer = NULL },
};
