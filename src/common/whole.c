// SPDX-License-Identifier: GPL-2.0-only
/* whole.c - read and write all of some bytes, however many calls it takes. */
#include "whole.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

bool read_whole(int fd, void *buf, size_t len)
{
	char *to = buf;
	ssize_t n;

	while (len) {
		n = read(fd, to, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		len -= (size_t)n;
	}
	return true;
}

static ssize_t write_some(int fd, const void *buf, size_t len)
{
	return write(fd, buf, len);
}

static ssize_t send_some(int socket, const void *buf, size_t len)
{
	return send(socket, buf, len, MSG_NOSIGNAL);
}

static bool put_whole(ssize_t (*put)(int fd, const void *buf, size_t len),
		      int fd, const void *buf, size_t len)
{
	const char *from = buf;
	ssize_t n;

	while (len) {
		n = put(fd, from, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		from += n;
		len -= (size_t)n;
	}
	return true;
}

bool write_whole(int fd, const void *buf, size_t len)
{
	return put_whole(write_some, fd, buf, len);
}

bool send_whole(int socket, const void *buf, size_t len)
{
	return put_whole(send_some, socket, buf, len);
}
