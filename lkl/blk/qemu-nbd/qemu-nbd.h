/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qemu-nbd.h - a qemu-nbd process that serves one image.  qemu-nbd.c makes its
 * command line, server.c starts and ends the process.
 */
#ifndef LKL_BLK_QEMU_NBD_H
#define LKL_BLK_QEMU_NBD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#include "lkl.h"
#include "blk/nbd/nbd.h"

/* Bytes of its messages that are kept; further writes fail. */
#define QEMU_NBD_MESSAGES_MAX 8192
/* Time to write back its data, and to print why it does not start. */
#define QEMU_NBD_END_SECONDS  60
#define QEMU_NBD_FAIL_SECONDS 5

/* The descriptor of the listening socket in the server. */
#define QEMU_NBD_LISTEN_FD 3
/* And one end of a pipe, which closes when the server exits. */
#define QEMU_NBD_LIFE_FD 4

struct qemu_nbd {
	struct nbd_server server;
	pid_t pid;
	int ended;		/* pidfd of the supervisor, or -1 */
	int life;		/* end of a pipe; closing it ends the server */
};

/* The command line and descriptors, needed until the connection stands. */
struct qemu_nbd_command {
	const char *driver;
	bool read_only, no_lock;
	char *image;			/* path or URI for QEMU; owned */
	char *program;
	bool is_daemon;			/* qemu-storage-daemon */
	char *args[12];
	int n_args;
	char **environment;
	char listen_pid[32];
	int listener, socket, messages, life[2];
};

static inline void qemu_nbd_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Make both ends of the connection; the server gets the listening one. */
int qemu_nbd_make_sockets(struct qemu_nbd_command *s, struct lkl_error *err);
/* Make the file for the server's messages. */
int qemu_nbd_make_messages(struct qemu_nbd_command *s, struct lkl_error *err);
/* The first line of its messages without the program's name, or NULL. */
const char *qemu_nbd_first_message(struct qemu_nbd_command *s, char *buf,
				   size_t size);
/* Start the server.  It ends when @f->life is closed, for whatever reason. */
int qemu_nbd_start(struct qemu_nbd_command *s, struct qemu_nbd *f,
		   struct lkl_error *err);
/* Wait until the server has ended; -ETIMEDOUT after @seconds. */
int qemu_nbd_wait(struct qemu_nbd *f, int seconds);
/* End the server, wait for it, and free the struct qemu_nbd around @server. */
void qemu_nbd_closed(struct nbd_server *server);

#endif /* LKL_BLK_FOREIGN_H */
