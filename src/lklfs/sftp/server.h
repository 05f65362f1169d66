/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server.h - answers the packets of one client with the files of an image.
 *
 * The caller has made the image's root directory the root of all lkl_sys_...()
 * calls.  server_packet() takes a packet and appends the answer to @out; it
 * knows nothing of where packets come from.  One thread uses it.
 */
#ifndef SFTP_SERVER_H
#define SFTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

#include "common/tree/accounts.h"

#include "handles.h"
#include "protocol.h"
#include "wire.h"

struct server {
	bool greeted;			/* INIT was received */
	bool details;			/* the client knows SFTP_DETAILS */
	struct handle_table handles;
	struct accounts accounts;	/* of the image */
	uint64_t changes;		/* requests that changed something */
	int (*interrupted)(void);	/* for long requests; may be NULL */
	struct buffer out;		/* answers; the caller takes them out */
};

void server_free(struct server *server);

/*
 * server_packet - answer one packet
 * @data: without the length in front
 *
 * Returns 0, or -errno with a sentence if the client does not speak the protocol or there
 * is no memory: then the caller ends the connection.
 */
int server_packet(struct server *server, const uint8_t *data, size_t len,
		  struct lkl_error *err);

/* ---- For the functions that answer requests ---- */

/*
 * Such a function takes its request apart and returns 0 for success, -errno, or
 * one of these.
 */
enum request_result {
	REQUEST_ANSWERED = 1,		/* the answer is in server->out */
	REQUEST_AT_END,			/* SFTP_EOF */
	REQUEST_MALFORMED,
	REQUEST_UNSUPPORTED,
};

typedef int request_fn(struct server *server, uint32_t id,
		       struct packet *request);

/* The function that answers a request; @name is that of an extended request. */
struct request_handler {
	uint8_t type;
	const char *name;		/* of an extended request; or NULL */
	const char *version;		/* of the extension */
	bool changes;			/* something in the image */
	request_fn *answer;
};

/* The tables end with a handler without a function. */
extern const struct request_handler extension_handlers[];

request_fn answer_open, answer_close, answer_read, answer_write, answer_fsync,
	   answer_copy_data;
request_fn answer_opendir, answer_readdir;
request_fn answer_stat, answer_lstat, answer_fstat, answer_setstat,
	   answer_lsetstat, answer_fsetstat;
request_fn answer_mkdir, answer_rmdir, answer_remove, answer_rename,
	   answer_posix_rename, answer_symlink, answer_hardlink,
	   answer_readlink, answer_realpath, answer_replace;

/*
 * answer_begin, answer_end - a packet with an answer
 *
 * answer_begin() returns @start for answer_end().
 */
size_t answer_begin(struct server *server, enum sftp_type type, uint32_t id);
void answer_end(struct server *server, size_t start);

/* A NAME packet with one name and no attributes. */
int answer_name(struct server *server, uint32_t id, const char *name);

/*
 * request_path - take a path from the request
 * @path: SFTP_PATH_MAX bytes
 *
 * Returns 0, -ENAMETOOLONG, or REQUEST_MALFORMED if it has a zero byte or the
 * packet ends in it.
 */
int request_path(struct packet *request, char *path);

/* The handle that the request names, or NULL. */
struct handle *request_handle(struct server *server, struct packet *request);

#endif /* SFTP_SERVER_H */
