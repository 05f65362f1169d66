/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * connection.h - a connection to an NBD server, used by several threads.
 */
#ifndef LKL_BLK_NBD_CONNECTION_H
#define LKL_BLK_NBD_CONNECTION_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkl.h"
#include "library.h"

struct connection;

enum command_type {
	COMMAND_READ,
	COMMAND_WRITE,
	COMMAND_FLUSH,
	COMMAND_TRIM,
	COMMAND_ZERO,
};

/* Owned by its submitter, and left alone by it until it was waited for. */
struct command {
	enum command_type type;
	uint32_t flags;			/* LIBNBD_CMD_FLAG_... */
	void *buf;
	uint64_t len;
	uint64_t offset;
	/* The rest is the connection's. */
	struct connection *connection;
	struct command *next_waiting;
	pthread_cond_t wake;		/* only while it is waited for */
	bool waiting;
	bool done;
	int error;			/* 0 or -errno, once it is done */
};

/*
 * connection_open - connect and negotiate
 * @uri: of the export, or NULL with a connected @socket, which is taken over
 *	in any case
 *
 * The library is loaded.  What is said on failure is libnbd's own sentence.
 */
int connection_open(const char *uri, int socket,
		    struct connection **ret_connection, struct lkl_error *err);

/* connection_close - say good-bye and close; there are no commands left */
void connection_close(struct connection *connection);

/* For what libnbd knows of the export: not for commands. */
struct nbd_handle *connection_handle(struct connection *connection);

/* connection_submit - begin a command; it is waited for in any case */
void connection_submit(struct connection *connection, struct command *command);

/*
 * connection_wait - until the command is done: 0 or -errno
 *
 * -ECONNRESET: the connection is lost, now or before; -ETIMEDOUT: now, for the
 * server was silent for too long.
 */
int connection_wait(struct command *command);

#endif /* LKL_BLK_NBD_CONNECTION_H */
