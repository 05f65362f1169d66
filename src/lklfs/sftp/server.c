// SPDX-License-Identifier: GPL-2.0-only
/*
 * server.c - answers the packets of one client with the files of an image.
 *
 * One table has a line for each type of request; extensions.c has the table of
 * extended ones.
 */
#include "server.h"

#include <errno.h>
#include <string.h>

#include "common/error.h"

static const struct request_handler handlers[] = {
	{ SFTP_OPEN, .changes = true, .answer = answer_open },
	{ SFTP_CLOSE, .answer = answer_close },
	{ SFTP_READ, .answer = answer_read },
	{ SFTP_WRITE, .changes = true, .answer = answer_write },
	{ SFTP_LSTAT, .answer = answer_lstat },
	{ SFTP_FSTAT, .answer = answer_fstat },
	{ SFTP_SETSTAT, .changes = true, .answer = answer_setstat },
	{ SFTP_FSETSTAT, .changes = true, .answer = answer_fsetstat },
	{ SFTP_OPENDIR, .answer = answer_opendir },
	{ SFTP_READDIR, .answer = answer_readdir },
	{ SFTP_REMOVE, .changes = true, .answer = answer_remove },
	{ SFTP_MKDIR, .changes = true, .answer = answer_mkdir },
	{ SFTP_RMDIR, .changes = true, .answer = answer_rmdir },
	{ SFTP_REALPATH, .answer = answer_realpath },
	{ SFTP_STAT, .answer = answer_stat },
	{ SFTP_RENAME, .changes = true, .answer = answer_rename },
	{ SFTP_READLINK, .answer = answer_readlink },
	{ SFTP_SYMLINK, .changes = true, .answer = answer_symlink },
	{ .answer = NULL },
};

void server_free(struct server *server)
{
	handle_table_free(&server->handles);
	accounts_free(&server->accounts);
	buffer_free(&server->out);
}

/* ---- Answers ---- */

size_t answer_begin(struct server *server, enum sftp_type type, uint32_t id)
{
	size_t start = server->out.len;

	buffer_put_u32(&server->out, 0);
	buffer_put_u8(&server->out, (uint8_t)type);
	buffer_put_u32(&server->out, id);
	return start;
}

void answer_end(struct server *server, size_t start)
{
	buffer_set_u32(&server->out, start,
		       (uint32_t)(server->out.len - start - 4));
}

int answer_name(struct server *server, uint32_t id, const char *name)
{
	size_t start = answer_begin(server, SFTP_NAME, id);

	buffer_put_u32(&server->out, 1);
	buffer_put_string(&server->out, name);
	buffer_put_string(&server->out, name);
	buffer_put_u32(&server->out, 0);
	answer_end(server, start);
	return REQUEST_ANSWERED;
}

/* As OpenSSH's server has it: clients look at these numbers. */
static enum sftp_status status_of(int ret)
{
	switch (ret) {
	case 0:
		return SFTP_OK;
	case REQUEST_AT_END:
		return SFTP_EOF;
	case REQUEST_MALFORMED:
		return SFTP_BAD_MESSAGE;
	case REQUEST_UNSUPPORTED:
		return SFTP_OP_UNSUPPORTED;
	case -ENOENT:
	case -ENOTDIR:
	case -EBADF:
	case -ELOOP:
		return SFTP_NO_SUCH_FILE;
	case -EPERM:
	case -EACCES:
	case -EFAULT:
	case -EROFS:
		return SFTP_PERMISSION_DENIED;
	case -ENAMETOOLONG:
	case -EINVAL:
		return SFTP_BAD_MESSAGE;
	case -ENOSYS:
		return SFTP_OP_UNSUPPORTED;
	}
	return SFTP_FAILURE;
}

static const char *describe(int ret)
{
	switch (ret) {
	case 0:
		return "Success";
	case REQUEST_AT_END:
		return "End of file";
	case REQUEST_MALFORMED:
		return "Bad message";
	case REQUEST_UNSUPPORTED:
		return "Operation unsupported";
	}
	return lkl_strerror(ret);
}

static void answer_status(struct server *server, uint32_t id, int ret)
{
	size_t start = answer_begin(server, SFTP_STATUS, id);

	buffer_put_u32(&server->out, status_of(ret));
	buffer_put_string(&server->out, describe(ret));
	buffer_put_string(&server->out, "en");
	if (server->details)
		buffer_put_u32(&server->out, ret < 0 ? (uint32_t)-ret : 0);
	answer_end(server, start);
}

/* ---- Requests ---- */

int request_path(struct packet *request, char *path)
{
	struct wire_string string = packet_string(request);

	if (request->bad || memchr(string.data, '\0', string.len))
		return REQUEST_MALFORMED;
	if (string.len >= SFTP_PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(path, string.data, string.len);
	path[string.len] = '\0';
	return 0;
}

struct handle *request_handle(struct server *server, struct packet *request)
{
	struct wire_string name = packet_string(request);

	return request->bad ? NULL : handle_find(&server->handles, &name);
}

static int greet(struct server *server, struct packet *packet,
		 struct lkl_error *err)
{
	const struct request_handler *handler;
	uint32_t version = packet_u32(packet);
	struct wire_string name;
	size_t start;

	if (packet->bad || server->greeted)
		return error_set(err, -EPROTO,
				 "the client has sent a second INIT packet, or a damaged one");
	if (version < SFTP_VERSION)
		return error_set(err, -EPROTO,
				 "the client speaks version %u of SFTP, this server version %u",
				 version, SFTP_VERSION);
	server->greeted = true;
	while (packet->left && !packet->bad) {
		name = packet_string(packet);
		packet_string(packet);
		if (!packet->bad && wire_string_is(&name, SFTP_DETAILS))
			server->details = true;
	}
	start = server->out.len;
	buffer_put_u32(&server->out, 0);
	buffer_put_u8(&server->out, SFTP_VERSION_REPLY);
	buffer_put_u32(&server->out, SFTP_VERSION);
	for (handler = extension_handlers; handler->answer; handler++) {
		buffer_put_string(&server->out, handler->name);
		buffer_put_string(&server->out, handler->version);
	}
	buffer_put_string(&server->out, SFTP_DETAILS);
	buffer_put_string(&server->out, "1");
	buffer_put_string(&server->out, SFTP_TIMES);
	buffer_put_string(&server->out, "1");
	answer_end(server, start);
	return 0;
}

static const struct request_handler *find_handler(uint8_t type,
						  struct packet *request)
{
	const struct request_handler *handler = handlers;
	struct wire_string name;

	if (type == SFTP_EXTENDED) {
		name = packet_string(request);
		handler = extension_handlers;
		while (handler->answer && !wire_string_is(&name, handler->name))
			handler++;
		return handler;
	}
	while (handler->answer && handler->type != type)
		handler++;
	return handler;
}

int server_packet(struct server *server, const uint8_t *data, size_t len,
		  struct lkl_error *err)
{
	struct packet packet = { .data = data, .left = len };
	const struct request_handler *handler;
	uint8_t type = packet_u8(&packet);
	uint32_t id;
	int ret;

	if (type == SFTP_INIT)
		return greet(server, &packet, err);
	id = packet_u32(&packet);
	if (packet.bad || !server->greeted)
		return error_set(err, -EPROTO,
				 "the client speaks no SFTP: the first bytes of a packet are wrong");
	handler = find_handler(type, &packet);
	if (!handler->answer)
		ret = packet.bad ? REQUEST_MALFORMED : REQUEST_UNSUPPORTED;
	else
		ret = handler->answer(server, id, &packet);
	/* Windows of read_ahead_read() that were filled before are old now. */
	if (handler->changes)
		server->changes++;
	if (ret != REQUEST_ANSWERED)
		answer_status(server, id, ret);
	if (server->out.failed)
		return error_no_memory(err);
	return 0;
}
