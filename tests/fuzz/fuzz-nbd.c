// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz-nbd.c - fuzzes NBD URIs and the client side of the protocol.
 *
 * If the first byte of the input is 'u', the rest is a URI.  If it is 's', the
 * rest is what a server sends, from its greeting on, whatever it is asked.  No
 * connection is made: all system calls that would make one are interposed.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "blk/blk.h"
#include "blk/nbd/nbd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool cond)
{
	if (!cond)
		abort();
}

/* ---- What would leave this process ---- */

int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)fd;
	(void)addr;
	(void)len;
	errno = ECONNREFUSED;
	return -1;
}

int getaddrinfo(const char *node, const char *service,
		const struct addrinfo *hints, struct addrinfo **res)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)res;
	return EAI_NONAME;
}

/* ---- Inputs ---- */

static void use(struct blk *blk)
{
	static char buf[8192];
	uint64_t len = blk->size < sizeof(buf) ? blk->size : sizeof(buf);

	check(blk->sector_size >= BLK_SECTOR_MIN &&
	      blk->sector_size <= BLK_SECTOR_MAX);
	check(blk->size % blk->sector_size == 0);
	check(blk->physical_size >= blk->sector_size &&
	      !(blk->physical_size & (blk->physical_size - 1)));
	blk_pread(blk, buf, len, 0);
	blk_pread(blk, buf, len, blk->size - len);
	blk_pwrite(blk, buf, len, blk->size - len);
	blk_flush(blk);
	blk_write_zeroes(blk, 0, len, true);
	blk_discard(blk, 0, len);
	blk_close(blk);
}

static void try_uri(const uint8_t *data, size_t size)
{
	struct lkl_error err = { "" };
	struct blk *blk = NULL;
	char uri[512];
	int ret;

	if (size >= sizeof(uri))
		size = sizeof(uri) - 1;
	memcpy(uri, data, size);
	uri[size] = '\0';
	/* As blk_open() finds it: anything else is a file. */
	if (strncmp(uri, "nbd", 3))
		return;
	ret = nbd_open(uri, size & 1 ? BLK_OPEN_READ_ONLY : 0, &blk, &err);
	check(ret < 0 && err.text[0]);
}

static unsigned int closed;

static int server_closed(struct nbd_server *server)
{
	(void)server;
	closed++;
	return 0;
}

static int server_flushed(struct nbd_server *server)
{
	(void)server;
	return 0;
}

static void try_server(const uint8_t *data, size_t size)
{
	struct nbd_server server = {
		.closed = server_closed, .flushed = server_flushed,
	};
	struct lkl_error err = { "" };
	struct blk *blk = NULL;
	int sv[2], ret;
	ssize_t n;

	/* More does not fit into a socket. */
	if (size > 65536)
		size = 65536;
	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv));
	n = send(sv[1], data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	check(n == (ssize_t)size || !size);
	shutdown(sv[1], SHUT_WR);
	closed = 0;
	ret = nbd_open_server(&server, sv[0], 0, &blk, &err);
	if (ret)
		check(ret < 0 && err.text[0]);
	else
		use(blk);
	check(closed == !ret);
	close(sv[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (data[0] == 'u')
		try_uri(data + 1, size - 1);
	else
		try_server(data + 1, size - 1);
	return 0;
}

#include "replay.h"
