/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qemu-nbd.h - a server of QEMU's for one image: what qemu-nbd.c decides, and
 * server.c does.
 */
#ifndef LKL_BLK_FOREIGN_H
#define LKL_BLK_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#include "lkl.h"
#include "blk/nbd/nbd.h"

/* What is kept of what it says; then its writes fail. */
#define SAID_MAX	8192
/* For it to write back what it holds, or to say why it does not start. */
#define END_SECONDS	60
#define FAIL_SECONDS	5

/* Where the server finds the listening socket. */
#define LISTEN_FD	3
/* And the end of a pipe, of which it knows nothing. */
#define LIFE_FD		4

struct foreign {
	struct nbd_server server;
	pid_t pid;
	int ended;		/* readable when it has; -1: not known */
	int life;		/* closed to end it */
};

/* What is needed until the connection stands. */
struct start {
	const char *driver;
	bool read_only, no_lock;
	char *image;			/* as QEMU takes it */
	char *program;
	bool is_daemon;			/* qemu-storage-daemon */
	char *args[12];
	int n_args;
	char **environment;
	char listen_pid[32];
	int listener, socket, said, life[2];
};

static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Both ends of the connection, of which the server gets the listening one. */
int foreign_make_sockets(struct start *s, struct lkl_error *err);
/* What it says goes there. */
int foreign_make_said(struct start *s, struct lkl_error *err);
/* The first line that it said, without its name; or NULL. */
const char *foreign_said(struct start *s, char *buf, size_t size);
/* Start it; ended by closing @f->life, however that happens. */
int foreign_start(struct start *s, struct foreign *f, struct lkl_error *err);
/* Until it has ended; -ETIMEDOUT. */
int foreign_wait(struct foreign *f, int seconds);
/* End it, and wait for that; frees what embeds @server. */
void foreign_closed(struct nbd_server *server);

#endif /* LKL_BLK_FOREIGN_H */
