/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server.h - an NBD server of our own: a process that serves one image to this
 * process, and ends with it.
 *
 * A driver fills a struct server_command with the program's arguments and
 * calls server_open().
 */
#ifndef LKL_BLK_SERVER_H
#define LKL_BLK_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#include "blk/blk.h"
#include "blk/nbd/nbd.h"
#include "confine.h"

/* Bytes of its messages that are kept; further writes fail. */
#define SERVER_MESSAGES_MAX	8192
/* Time to write back its data, and to print why it does not start. */
#define SERVER_END_SECONDS	60
#define SERVER_FAIL_SECONDS	5
/* From one SIGTERM to the next. */
#define SERVER_REPEAT_MILLISECONDS	200

/* The descriptor of the listening socket in the server. */
#define SERVER_LISTEN_FD	3
/* And one end of a pipe, which closes when the server exits. */
#define SERVER_LIFE_FD		4
/* A file in memory with the passphrase of the image, if it has one. */
#define SERVER_KEY_FD		5

#define SERVER_ARGS_MAX		24

struct server {
	struct nbd_server server;
	pid_t pid;
	bool failed;		/* its exit status was not 0 */
	int ended;		/* pidfd of the supervisor, or -1 */
	int life;		/* end of a pipe; closing it ends the server */
	int log;		/* of the filter "log", or -1 */
	int image;		/* to watch the server's locks, or -1 */
};

/* The command line, needed until the connection stands. */
struct server_command {
	const char *kind;		/* "cannot open as ..."; not owned */
	char *program;			/* path; owned */
	/* The first one is not owned, the others are. */
	char *args[SERVER_ARGS_MAX];
	int n_args;
	struct server_limits limits;
	/* The server locks limits.image as QEMU does. */
	bool watch_locks;
	/* It gets a temporary folder of its own while it starts, as $TMPDIR. */
	bool temporary_files;
	/*
	 * With temporary files: the setting of the program that names a log of
	 * its requests, for server_count_read(); NULL: none.  Not owned.
	 */
	const char *log_key;
	/* Owned, for the limits: paths of the image and of a folder; or NULL. */
	char *image, *settings;
	/* The rest is server.c's. */
	char **environment;
	char *temporary, *temporary_variable;	/* path; TMPDIR=path */
	char listen_pid[32];
	int listener, socket, messages, log, life[2], key;
};

#define SERVER_COMMAND_INIT \
	.listener = -1, .socket = -1, .messages = -1, .log = -1, .life = { -1, -1 }, \
	.key = -1

static inline void server_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The path of a program, which the caller frees, or NULL. */
char *server_find_program(const char *name);

/* server_add_arg - add a formatted argument; -ENOMEM */
int server_add_arg(struct server_command *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * server_check_flags - refuse an image that can only be read; -EROFS
 * @what: "a compressed image"
 */
int server_check_flags(unsigned int flags, const char *what,
		       struct lkl_error *err);

/* ---- For drivers that run a program but no server ---- */

/* The folder for temporary files. */
const char *server_temporary_base(void);

/* server_make_messages - make s->messages, for the program's standard error */
int server_make_messages(struct server_command *s, struct lkl_error *err);

/*
 * server_first_message - the first line that the program said, without its name
 * @buf: SERVER_MESSAGES_MAX bytes
 *
 * The result is in @buf.  NULL: it said nothing.
 */
char *server_first_message(struct server_command *s, char *buf, size_t size);

/* Close descriptors.  Async-signal-safe. */
void server_close_from(int first, int last);

/*
 * server_set_key - give the server a copy of the passphrase that a file holds
 *
 * The bytes do not pass through the memory of this process.
 */
int server_set_key(struct server_command *s, int file, struct lkl_error *err);

/*
 * server_open - start the server and connect to it
 * @flags: BLK_OPEN_...
 * @ret_blk: the caller owns it; closing it ends the server and waits for that
 *
 * The server gets a listening socket as LISTEN_FDS describes it.  Closing the
 * blk returns -EREMOTEIO if the server failed.  A flush fails with -ENOLCK if
 * the server has lost its locks on the image.
 */
int server_open(struct server_command *s, unsigned int flags,
		struct blk **ret_blk, struct lkl_error *err);

/* Free all that @s owns.  server_open() needs it no more when it returns. */
void server_free_command(struct server_command *s);

#endif /* LKL_BLK_SERVER_H */
