// SPDX-License-Identifier: GPL-2.0-only
/*
 * connector.c - a process that connects to one NBD server, again and again.
 */
#define _GNU_SOURCE 1

#include "config.h"
#ifdef HAVE_LIBNBD

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blk/system-filter.h"
#include "connector.h"

/* Time for one connection, and for the answer of the connector. */
#define CONNECT_SECONDS	10
#define ANSWER_SECONDS	(CONNECT_SECONDS + 5)

struct nbd_connector {
	int fd;			/* our end of a socket pair; owned */
	pid_t pid;
	/* The server's address, fixed before the fork. */
	struct sockaddr_storage address;
	socklen_t address_len;
};

enum { REQUEST_CONNECT = 'c', REQUEST_END = 'e' };

/* One message each way.  A descriptor comes with the answer 0. */
struct answer {
	int error;		/* 0 or -errno */
};

union descriptor_message {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

/* ---- The address ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of "socket=" in the URI's query, decoded; false if none fits. */
static bool find_socket_path(const char *uri, char *path, size_t size)
{
	const char *at = strchr(uri, '?');
	size_t n = 0;
	int high, low;

	while (at && strncmp(at + 1, "socket=", 7))
		at = strpbrk(at + 1, "&;");
	if (!at)
		return false;
	for (at += 8; *at && !strchr("&;#", *at); at++) {
		if (n + 1 >= size)
			return false;
		path[n] = *at;
		if (*at == '%') {
			high = hex_digit(at[1]);
			low = high < 0 ? -1 : hex_digit(at[2]);
			if (low < 0 || !(high | low))
				return false;
			path[n] = high << 4 | low;
			at += 2;
		}
		n++;
	}
	path[n] = '\0';
	return n > 0;
}

/*
 * Where the socket is connected to.  The peer's own name for a Unix socket may
 * be relative to a directory of the peer's, so that comes from the URI.
 */
static int find_address(struct nbd_connector *c, const char *uri, int socket)
{
	struct sockaddr_un *local = (struct sockaddr_un *)&c->address;

	c->address_len = sizeof(c->address);
	if (getpeername(socket, (struct sockaddr *)&c->address,
			&c->address_len))
		return -errno;
	if (c->address.ss_family != AF_UNIX)
		return 0;
	memset(local, 0, sizeof(*local));
	local->sun_family = AF_UNIX;
	c->address_len = sizeof(*local);
	return find_socket_path(uri, local->sun_path,
				sizeof(local->sun_path)) ? 0 : -ENOTSUP;
}

/* ---- In the connector: only async-signal-safe functions ---- */

#define ALLOW(call) FILTER_CALL(call, SECCOMP_RET_ALLOW)

/*
 * Allow nothing but what this file calls from now on.  Other calls fail: the
 * instruments under which tests run make more of them.
 */
static int filter_system_calls(void)
{
	struct sock_filter filter[] = {
		FILTER_BEGIN,
		ALLOW(recvfrom), ALLOW(sendmsg), ALLOW(socket),
		ALLOW(connect), ALLOW(getsockopt), ALLOW(close),
		ALLOW(ppoll),
#ifdef SYS_poll
		ALLOW(poll),
#endif
		ALLOW(restart_syscall), ALLOW(exit_group),
		FILTER_RETURN(FILTER_ERROR(EPERM)),
	};

	return system_filter_load(filter, sizeof(filter) / sizeof(filter[0]));
}

/* Wait for the connection or for the end of the program that asked for it. */
static int finish_connect(int fd, int requests)
{
	struct pollfd fds[2] = {
		{ .fd = fd, .events = POLLOUT },
		{ .fd = requests, .events = POLLIN },
	};
	socklen_t len = sizeof(int);
	int n, error = 0;

	do {
		n = poll(fds, 2, 1000 * CONNECT_SECONDS);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (!n)
		return -ETIMEDOUT;
	if (fds[1].revents)
		_exit(0);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
		return -errno;
	return -error;
}

/* Returns a non-blocking, connected socket, or -errno. */
static int connect_once(const struct nbd_connector *c, int requests)
{
	int fd = socket(c->address.ss_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int ret;

	if (fd < 0)
		return -errno;
	ret = connect(fd, (const struct sockaddr *)&c->address, c->address_len);
	ret = ret ? -errno : 0;
	if (ret == -EINPROGRESS)
		ret = finish_connect(fd, requests);
	if (!ret)
		return fd;
	close(fd);
	/* The backlog of a Unix socket is full: try again later. */
	return ret == -EAGAIN ? -ECONNREFUSED : ret;
}

static void send_answer(int requests, int fd)
{
	struct answer answer = { .error = fd < 0 ? fd : 0 };
	struct iovec iov = { &answer, sizeof(answer) };
	union descriptor_message message = { .header = {
		.cmsg_len = CMSG_LEN(sizeof(fd)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	} };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		memcpy(CMSG_DATA(&message.header), &fd, sizeof(fd));
		msg.msg_control = &message;
		msg.msg_controllen = sizeof(message.space);
	}
	if (sendmsg(requests, &msg, MSG_NOSIGNAL) < 0)
		_exit(1);
	if (fd >= 0)
		close(fd);
}

static void close_from(unsigned int first)
{
	if (!syscall(SYS_close_range, first, ~0u, 0))
		return;
	for (; first < 1024; first++)
		close((int)first);
}

static void run_connector(const struct nbd_connector *c, int fd)
{
	const struct sockaddr_un *local =
		(const struct sockaddr_un *)&c->address;
	const int requests = 3;
	sigset_t all;
	char request;
	ssize_t n;

	/* An interrupt from the terminal is for the program, not for us. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "nbd-connector", 0, 0, 0);
	/* Keep nothing of the program's open: files, pipes or directories. */
	if (fd != requests && dup2(fd, requests) < 0)
		_exit(1);
	close_from(requests + 1);
	close(0);
	close(1);
	close(2);
	if ((local->sun_family != AF_UNIX || local->sun_path[0] == '/') &&
	    chdir("/"))
		_exit(1);
	if (filter_system_calls())
		_exit(1);
	for (;;) {
		n = recv(requests, &request, 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != 1 || request != REQUEST_CONNECT)
			_exit(0);
		send_answer(requests, connect_once(c, requests));
	}
}

/* ---- In the program ---- */

int nbd_connector_start(const char *uri, int socket,
			struct nbd_connector **ret_connector)
{
	struct nbd_connector *c = calloc(1, sizeof(*c));
	int fds[2], ret;

	if (!c)
		return -ENOMEM;
	ret = find_address(c, uri, socket);
	if (!ret && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		ret = -errno;
	if (ret) {
		free(c);
		return ret;
	}
	c->pid = fork();
	if (!c->pid)
		run_connector(c, fds[1]);
	close(fds[1]);
	c->fd = fds[0];
	if (c->pid < 0) {
		ret = -errno;
		close(c->fd);
		free(c);
		return ret;
	}
	*ret_connector = c;
	return 0;
}

/* Wait for the answer.  An answer that comes too late has no reader. */
static int wait_for_answer(struct nbd_connector *c)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };
	int n;

	do {
		n = poll(&pfd, 1, 1000 * ANSWER_SECONDS);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n ? 0 : -ETIMEDOUT;
}

static int receive_answer(struct nbd_connector *c)
{
	struct answer answer;
	struct iovec iov = { &answer, sizeof(answer) };
	union descriptor_message message = { .header.cmsg_len = 0 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &message, .msg_controllen = sizeof(message.space),
	};
	ssize_t n;
	int fd;

	do {
		n = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(answer))
		return -EPIPE;
	if (answer.error)
		return answer.error < 0 ? answer.error : -EPIPE;
	if (msg.msg_controllen < CMSG_LEN(sizeof(fd)) ||
	    message.header.cmsg_type != SCM_RIGHTS)
		return -EMFILE;
	memcpy(&fd, CMSG_DATA(&message.header), sizeof(fd));
	return fd;
}

int nbd_connector_connect(struct nbd_connector *c)
{
	const char request = REQUEST_CONNECT;
	int ret;

	if (c->fd < 0 || send(c->fd, &request, 1, MSG_NOSIGNAL) != 1)
		return -EPIPE;
	ret = wait_for_answer(c);
	if (!ret)
		return receive_answer(c);
	/* Its answer would be taken for that to the next request. */
	close(c->fd);
	c->fd = -1;
	return ret;
}

void nbd_connector_end(struct nbd_connector *c)
{
	const char request = REQUEST_END;

	if (!c)
		return;
	if (c->fd >= 0) {
		/* Other processes may have copies of the descriptor. */
		send(c->fd, &request, 1, MSG_NOSIGNAL);
		close(c->fd);
	}
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(c);
}

#endif /* HAVE_LIBNBD */
