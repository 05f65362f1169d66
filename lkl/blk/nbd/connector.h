/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * connector.h - a process that connects to one NBD server, again and again.
 *
 * A program may have entered a sandbox in which it cannot connect sockets.  The
 * connector is forked before that.  It connects to the address that it was
 * given at its start, whenever it is asked, and passes the socket on.  It reads
 * nothing from the server, and its system calls are filtered: a program that
 * was taken over gets nothing from it but connections to the same server.
 */
#ifndef LKL_BLK_NBD_CONNECTOR_H
#define LKL_BLK_NBD_CONNECTOR_H

struct nbd_connector;

/*
 * nbd_connector_start - fork the connector
 * @uri: of the server
 * @socket: a connection to it, for the address; stays the caller's
 * @ret_connector: the caller ends it with nbd_connector_end()
 *
 * Other threads may run.  Returns -ENOTSUP for an address that it cannot find
 * out.
 */
int nbd_connector_start(const char *uri, int socket,
			struct nbd_connector **ret_connector);

/*
 * nbd_connector_connect - make a connection
 *
 * One caller at a time.  Returns a connected socket, which is the caller's, or
 * -errno: -ETIMEDOUT after some seconds, -EPIPE if the connector is gone.
 */
int nbd_connector_connect(struct nbd_connector *connector);

/* nbd_connector_end - end the process and wait for it */
void nbd_connector_end(struct nbd_connector *connector);

#endif /* LKL_BLK_NBD_CONNECTOR_H */
