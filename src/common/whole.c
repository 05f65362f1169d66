// SPDX-License-Identifier: GPL-2.0-only
/* whole.c - read and write all of some bytes, however many calls it takes. */
#include "whole.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t read_next(int fd, void *buf, size_t len, uint64_t offset)
{
	(void)offset;
	return read(fd, buf, len);
}

static ssize_t read_from(int fd, void *buf, size_t len, uint64_t offset)
{
	return pread(fd, buf, len, (off_t)offset);
}

static ssize_t get_up_to(ssize_t (*get)(int fd, void *buf, size_t len,
					uint64_t offset),
			 int fd, void *buf, size_t size, uint64_t offset)
{
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		n = get(fd, (char *)buf + len, size - len, offset + len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

ssize_t read_up_to(int fd, void *buf, size_t size)
{
	return get_up_to(read_next, fd, buf, size, 0);
}

ssize_t pread_up_to(int fd, void *buf, size_t size, uint64_t offset)
{
	return get_up_to(read_from, fd, buf, size, offset);
}

bool read_whole(int fd, void *buf, size_t len)
{
	return read_up_to(fd, buf, len) == (ssize_t)len;
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
