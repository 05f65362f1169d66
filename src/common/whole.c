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

bool write_whole(int fd, const void *buf, size_t len)
{
	const char *from = buf;
	ssize_t n;

	while (len) {
		n = write(fd, from, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		from += n;
		len -= (size_t)n;
	}
	return true;
}

bool send_whole(int socket, const void *buf, size_t len)
{
	const char *from = buf;
	ssize_t n;

	while (len) {
		n = send(socket, from, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		from += n;
		len -= (size_t)n;
	}
	return true;
}
