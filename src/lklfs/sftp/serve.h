/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * serve.h - carries packets between a client's pipes and struct server.
 */
#ifndef SFTP_SERVE_H
#define SFTP_SERVE_H

#include "server.h"

/*
 * serve_open_output - another description of a pipe, whose writes do not block
 *
 * Others may share the one that there is, so its flags must not be changed.
 * Opens a file: call it before the sandbox.  Returns a descriptor, or -1 if @out
 * is no pipe or cannot be opened again; serve_client() takes @out itself then.
 */
int serve_open_output(int out);

/*
 * serve_client - answer the client until it ends
 * @in, @out: pipes or sockets
 * @interrupted: whether a signal asked the program to end
 *
 * All complete packets that have arrived are answered before anything is sent.
 * Returns 0 at the end of @in, -EINTR without a sentence if it was interrupted,
 * or -errno with one.
 */
int serve_client(struct server *server, int in, int out,
		 int (*interrupted)(void), struct lkl_error *err);

#endif /* SFTP_SERVE_H */
