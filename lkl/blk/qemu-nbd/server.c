// SPDX-License-Identifier: GPL-2.0-only
/*
 * server.c - starting a server of QEMU's, and ending it.
 *
 * It gets a socket that has no name by the time it runs: only we are connected
 * to it.  It lives in a session of its own, so that an interrupt from the
 * terminal does not end it before us.  A small process of ours watches over
 * both and ends it when our end of a pipe is closed, however we come to our
 * end.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blk/error.h"
#include "qemu-nbd.h"

/* In a directory of our own, whose path may be too long for an address. */
static int connect_in(int dir, struct start *s)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const struct sockaddr *sa = (const struct sockaddr *)&addr;
	int ret = 0;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/s",
		 dir);
	if (bind(s->listener, sa, sizeof(addr)))
		return -errno;
	/* It is accepted once there is somebody to do so. */
	if (listen(s->listener, 1) || connect(s->socket, sa, sizeof(addr)))
		ret = -errno;
	unlinkat(dir, "s", 0);
	return ret;
}

int foreign_make_sockets(struct start *s, struct lkl_error *err)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	char *path;
	int dir, ret;

	if (!base || access(base, W_OK))
		base = getenv("TMPDIR");
	if (!base || !*base)
		base = "/tmp";
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	s->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listener < 0 || s->socket < 0)
		return lkl_fail(err, -errno, "cannot make a socket: %m");
	if (asprintf(&path, "%s/lkl-XXXXXX", base) < 0)
		return lkl_fail(err, -ENOMEM, "out of memory");
	if (!mkdtemp(path)) {
		ret = lkl_fail(err, -errno, "cannot make a directory in %.128s: %m",
			       base);
		free(path);
		return ret;
	}
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ret = dir < 0 ? -errno : connect_in(dir, s);
	close_fd(&dir);
	rmdir(path);
	free(path);
	return ret ? lkl_fail(err, ret, "cannot make a socket: %m") : 0;
}

/* Not a pipe, which could fill up and stop it. */
int foreign_make_said(struct start *s, struct lkl_error *err)
{
	s->said = memfd_create("said", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (s->said < 0 || ftruncate(s->said, SAID_MAX) ||
	    fcntl(s->said, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK))
		return lkl_fail(err, -errno, "cannot make a file in memory: %m");
	return 0;
}

/* ---- In the child: only what signal handlers may do ---- */

/* "LISTEN_PID=", which the server compares with its own. */
static void set_listen_pid(struct start *s)
{
	char digits[16], *to;
	int n = 0;
	pid_t pid = getpid();

	do {
		digits[n++] = '0' + pid % 10;
		pid /= 10;
	} while (pid);
	to = s->listen_pid + strlen("LISTEN_PID=");
	while (n)
		*to++ = digits[--n];
	*to = '\0';
}

static void close_from(int first, int last)
{
	if (!syscall(SYS_close_range, first, last, 0))
		return;
	for (; first <= last && first < 1024; first++)
		close(first);
}

/* @life is kept open for as long as it lives. */
static void run_program(struct start *s, int life)
{
	int null = open("/dev/null", O_RDWR);

	set_listen_pid(s);
	/* Out of the way of the numbers that are wanted. */
	s->listener = fcntl(s->listener, F_DUPFD, 10);
	s->said = fcntl(s->said, F_DUPFD, 10);
	life = fcntl(life, F_DUPFD, 10);
	if (null < 0 || s->listener < 0 || s->said < 0 || life < 0 ||
	    dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(s->said, 2) < 0 ||
	    dup2(s->listener, LISTEN_FD) < 0 || dup2(life, LIFE_FD) < 0)
		_exit(127);
	close_from(LIFE_FD + 1, INT_MAX);
	execve(s->program, s->args, s->environment);
	dprintf(2, "cannot run %s: error %d\n", s->program, errno);
	_exit(127);
}

/* Until our life or its own is over, of which closed pipes tell. */
static void watch_program(struct start *s)
{
	struct pollfd fds[2] = {
		{ .fd = 0, .events = POLLIN },
		{ .fd = 1, .events = POLLIN },
	};
	int its_life[2];
	pid_t pid;

	if (pipe(its_life))
		_exit(127);
	pid = fork();
	if (!pid)
		run_program(s, its_life[1]);
	/* What is open keeps locks, and keeps others from seeing an end. */
	if (pid < 0 || dup2(its_life[0], 1) < 0 || dup2(s->life[0], 0) < 0)
		_exit(127);
	close_from(2, INT_MAX);
	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	_exit(0);
}

static void run_child(struct start *s)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;
	int i;

	setsid();
	for (i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	watch_program(s);
}

/* ---- In the parent ---- */

int foreign_wait(struct foreign *f, int seconds)
{
	struct pollfd pfd = { .fd = f->ended, .events = POLLIN };
	int ret;

	if (f->ended >= 0) {
		do {
			ret = poll(&pfd, 1, 1000 * seconds);
		} while (ret < 0 && errno == EINTR);
		if (!ret)
			return -ETIMEDOUT;
	}
	while (f->pid > 0 &&
	       waitpid(f->pid, NULL, f->ended >= 0 ? WNOHANG : 0) < 0 &&
	       errno == EINTR)
		;
	/* It may be another's number from now on. */
	f->pid = 0;
	return 0;
}

/* The next one to open the image should find that it is free. */
void foreign_closed(struct nbd_server *server)
{
	struct foreign *f = (struct foreign *)server;

	close_fd(&f->life);
	foreign_wait(f, END_SECONDS);
	close_fd(&f->ended);
	free(f);
}

/* The first line that it said, without its name; or NULL. */
const char *foreign_said(struct start *s, char *buf, size_t size)
{
	ssize_t n = pread(s->said, buf, size - 1, 0);
	char *line = buf;

	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	if (!strncmp(line, s->args[0], strlen(s->args[0])) &&
	    !strncmp(line + strlen(s->args[0]), ": ", 2))
		line += strlen(s->args[0]) + 2;
	/* The other one repeats the option first. */
	if (!strncmp(line, "--", 2) && strstr(line, ": "))
		line = strstr(line, ": ") + 2;
	return *line ? line : NULL;
}

int foreign_start(struct start *s, struct foreign *f, struct lkl_error *err)
{
	if (pipe2(s->life, O_CLOEXEC))
		return lkl_fail(err, -errno, "cannot make a pipe: %m");
	strcpy(s->listen_pid, "LISTEN_PID=");
	f->pid = fork();
	if (f->pid < 0)
		return lkl_fail(err, -errno, "cannot start %s: %m", s->program);
	if (!f->pid)
		run_child(s);
	f->ended = syscall(SYS_pidfd_open, f->pid, 0);
	f->life = s->life[1];
	s->life[1] = -1;
	close_fd(&s->life[0]);
	/* If it ends, it takes the connection with it. */
	close_fd(&s->listener);
	return 0;
}
