/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * connection.h - a connection to an NBD server that several threads share.
 */
#ifndef LKL_BLK_NBD_CONNECTION_H
#define LKL_BLK_NBD_CONNECTION_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkl.h"
#include "library.h"

struct nbd_connection;

enum nbd_command_type {
	NBD_COMMAND_READ,
	NBD_COMMAND_WRITE,
	NBD_COMMAND_FLUSH,
	NBD_COMMAND_TRIM,
	NBD_COMMAND_ZERO,
};

/*
 * A command.  The submitter owns it and its buffer, and must not touch either
 * between nbd_connection_submit() and the return of nbd_connection_wait().
 */
struct nbd_command {
	enum nbd_command_type type;
	uint32_t flags;			/* LIBNBD_CMD_FLAG_... */
	void *buf;
	uint64_t len;
	uint64_t offset;
	/*
	 * Fields of the connection.  nbd_connection.lock guards all but the
	 * first.
	 */
	struct nbd_connection *connection;
	struct nbd_command *next_waiting;
	pthread_cond_t wake;		/* valid while @waiting is set */
	bool waiting;
	bool done;
	int error;			/* 0 or -errno, once @done is set */
};

/* Where an export is.  The strings belong to the caller. */
struct nbd_endpoint {
	const char *uri;		/* NULL: on @socket */
	/* Connected; nbd_connection_open() owns it, even if it fails. */
	int socket;
	const char *export_name;	/* on @socket; NULL: the default */
	unsigned int seconds;		/* to negotiate; 0: the default */
	bool patient;			/* our own server: no time limit */
};

/*
 * nbd_connection_open - connect and negotiate
 * @ret_connection: the caller ends it with nbd_connection_close()
 *
 * libnbd must be loaded.  Messages on failure are those of libnbd.
 */
int nbd_connection_open(const struct nbd_endpoint *endpoint,
			struct nbd_connection **ret_connection,
			struct lkl_error *err);

/* nbd_connection_close - disconnect and free; no command may be left */
void nbd_connection_close(struct nbd_connection *connection);

/*
 * nbd_connection_shut_down - lose the connection: all its commands fail soon
 *
 * Any thread may call this while others use the connection.
 */
void nbd_connection_shut_down(struct nbd_connection *connection);

/* The handle, to ask libnbd about the export; not for commands. */
struct nbd_handle *nbd_connection_handle(struct nbd_connection *connection);

/* nbd_connection_submit - send a command; the caller must wait for it */
void nbd_connection_submit(struct nbd_connection *connection,
			   struct nbd_command *command);

/*
 * nbd_connection_wait - wait for a command and return its result
 *
 * Returns -ECONNRESET if the connection is lost, and -ETIMEDOUT if it is given
 * up because the server was silent for too long.
 */
int nbd_connection_wait(struct nbd_command *command);

#endif /* LKL_BLK_NBD_CONNECTION_H */
