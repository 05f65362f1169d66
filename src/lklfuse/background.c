// SPDX-License-Identifier: GPL-2.0-only
/*
 * background.c - going into the background, in two phases.
 *
 * The child writes READY or the text of an error to a socket.  If the parent reads
 * neither, the child has died.  The parent answers READY as its last act: if the
 * child gets no answer, the parent was killed, and nobody wants the mount.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "background.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/cli/report.h"
#include "log.h"

#define READY '\n'

static int parent_fd = -1;	/* to the parent, -1: in the foreground */
static int null_fd = -1;
static int notify_fd = -1;	/* to the service manager, -1: none */

/* Descriptors that the caller left open. */
#define INHERITED_MAX 1024
static int inherited[INHERITED_MAX];
static unsigned int n_inherited;

static void inherited_fds_note(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int fd;

	if (!dir)
		return;
	while ((entry = readdir(dir)) && n_inherited < INHERITED_MAX) {
		fd = atoi(entry->d_name);
		if (fd <= STDERR_FILENO || fd == dirfd(dir))
			continue;
		/* Processes that this one starts must not have it. */
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		inherited[n_inherited++] = fd;
	}
	closedir(dir);
}

void background_forget_inherited(int fd)
{
	unsigned int i;

	for (i = 0; i < n_inherited; i++)
		if (inherited[i] == fd)
			inherited[i--] = inherited[--n_inherited];
}

void background_close_inherited(void)
{
	while (n_inherited)
		close(inherited[--n_inherited]);
}

static void notify_socket_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len;

	if (!path || (*path != '/' && *path != '@'))
		return;
	len = strlen(path);
	if (len >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, len);
	if (*path == '@')
		address.sun_path[0] = '\0';	/* abstract */
	notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify_fd >= 0 &&
	    connect(notify_fd, (const struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				len)) < 0) {
		close(notify_fd);
		notify_fd = -1;
	}
	/* Processes that this one starts must not use it. */
	unsetenv("NOTIFY_SOCKET");
}

static void notify_service_manager(const char *text)
{
	/* A failure means that nobody listens. */
	if (notify_fd >= 0 &&
	    send(notify_fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return;
}

/* In the parent: wait for the child's report, and exit. */
static void wait_for_child(int fd, pid_t pid)
{
	char text[1024];
	size_t len = 0;
	ssize_t n;
	int status;

	do {
		n = read(fd, text + len, sizeof(text) - 1 - len);
		if (n > 0)
			len += (size_t)n;
		if (len && text[0] == READY)
			_exit(write(fd, text, 1) == 1 ? EXIT_SUCCESS :
							EXIT_FAILURE);
	} while ((n > 0 && len < sizeof(text) - 1) ||
		 (n < 0 && errno == EINTR));
	text[len] = '\0';
	if (len)
		report_error("%s", text);
	/* The image is in use until the child has ended. */
	if (waitpid(pid, &status, 0) == pid && !len) {
		if (WIFSIGNALED(status))
			report_error("ended by signal %d before it was mounted",
				     WTERMSIG(status));
		else
			report_error("ended before it was mounted");
	}
	_exit(EXIT_FAILURE);
}

int background_begin(bool foreground, struct lkl_error *err)
{
	int fds[2], ret;
	pid_t pid;

	if (!foreground)
		inherited_fds_note();
	notify_socket_open();
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (foreground)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return error_set(err, -errno, "cannot make a socket: %s",
				 strerror(errno));
	pid = fork();
	if (pid < 0) {
		ret = -errno;
		close(fds[0]);
		close(fds[1]);
		return error_set(err, ret, "cannot start a process: %s",
				 strerror(-ret));
	}
	if (pid) {
		close(fds[1]);
		wait_for_child(fds[0], pid);
	}
	close(fds[0]);
	parent_fd = fds[1];
	return 0;
}

void background_leave_terminal(void)
{
	if (parent_fd >= 0)
		setsid();
}

/* False if the parent is gone. */
static bool write_to_parent(const char *text, size_t len)
{
	ssize_t n;

	do
		n = write(parent_fd, text, len);
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

static void close_parent(void)
{
	close(parent_fd);
	parent_fd = -1;
}

/* False if the parent is gone before it has heard of it. */
static bool tell_ready(void)
{
	char ready = READY;
	ssize_t n = -1;

	if (write_to_parent(&ready, 1))
		do
			n = read(parent_fd, &ready, 1);
		while (n < 0 && errno == EINTR);
	close_parent();
	return n == 1;
}

bool background_is_orphaned(void)
{
	struct pollfd pollfd = { .fd = parent_fd };

	return parent_fd >= 0 && poll(&pollfd, 1, 0) > 0 &&
		(pollfd.revents & POLLHUP);
}

bool background_ready(void)
{
	char text[64];
	int fd;

	snprintf(text, sizeof(text), "READY=1\nMAINPID=%ld", (long)getpid());
	notify_service_manager(text);
	if (parent_fd < 0)
		return true;
	log_to_syslog();
	for (fd = 0; fd <= STDERR_FILENO && null_fd >= 0; fd++)
		dup2(null_fd, fd);
	return tell_ready();
}

void background_failed(const char *text)
{
	if (parent_fd < 0) {
		log_error("%s", text);
		return;
	}
	write_to_parent(text, strlen(text));
	close_parent();
}

void background_stopping(void)
{
	notify_service_manager("STOPPING=1");
}
