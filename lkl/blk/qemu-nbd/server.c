// SPDX-License-Identifier: GPL-2.0-only
/*
 * server.c - starts and ends a qemu-nbd process.
 *
 * The server gets a socket whose name is removed before it runs, so only this
 * process can connect.  It is in a session of its own, so that an interrupt
 * from the terminal does not end it before us.  A supervisor process waits
 * until this process exits, which closes a pipe, and then ends the server.
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
#include "blk/memory-file.h"
#include "qemu-nbd.h"

/* Through /proc, as the path of the directory may be too long. */
static int qemu_nbd_connect_in(int dir, struct qemu_nbd_command *s)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const struct sockaddr *sa = (const struct sockaddr *)&addr;
	int ret = 0;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/s",
		 dir);
	if (bind(s->listener, sa, sizeof(addr)))
		return -errno;
	/* The server accepts the connection later. */
	if (listen(s->listener, 1) || connect(s->socket, sa, sizeof(addr)))
		ret = -errno;
	unlinkat(dir, "s", 0);
	return ret;
}

int qemu_nbd_make_sockets(struct qemu_nbd_command *s, struct lkl_error *err)
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
	ret = dir < 0 ? -errno : qemu_nbd_connect_in(dir, s);
	qemu_nbd_close_fd(&dir);
	rmdir(path);
	free(path);
	return ret ? lkl_fail(err, ret, "cannot make a socket: %m") : 0;
}

/* Not a pipe: that could fill up and block the server. */
int qemu_nbd_make_messages(struct qemu_nbd_command *s, struct lkl_error *err)
{
	s->messages = memory_file("messages", MFD_ALLOW_SEALING);
	if (s->messages < 0 || ftruncate(s->messages, QEMU_NBD_MESSAGES_MAX) ||
	    fcntl(s->messages, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK))
		return lkl_fail(err, -errno, "cannot make a file in memory: %m");
	return 0;
}

/* ---- In the child: only async-signal-safe functions ---- */

/* The server compares LISTEN_PID= with its own process number. */
static void qemu_nbd_set_listen_pid(struct qemu_nbd_command *s)
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

static void qemu_nbd_close_from(int first, int last)
{
	if (!syscall(SYS_close_range, first, last, 0))
		return;
	for (; first <= last && first < 1024; first++)
		close(first);
}

/* @life stays open until the server exits. */
static void qemu_nbd_exec(struct qemu_nbd_command *s, int life)
{
	int null = open("/dev/null", O_RDWR);

	qemu_nbd_set_listen_pid(s);
	/* Move the descriptors away from the numbers that the server gets. */
	s->listener = fcntl(s->listener, F_DUPFD, 10);
	s->messages = fcntl(s->messages, F_DUPFD, 10);
	life = fcntl(life, F_DUPFD, 10);
	if (null < 0 || s->listener < 0 || s->messages < 0 || life < 0 ||
	    dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(s->messages, 2) < 0 ||
	    dup2(s->listener, QEMU_NBD_LISTEN_FD) < 0 ||
	    dup2(life, QEMU_NBD_LIFE_FD) < 0)
		_exit(127);
	qemu_nbd_close_from(QEMU_NBD_LIFE_FD + 1, INT_MAX);
	execve(s->program, s->args, s->environment);
	dprintf(2, "cannot run %s: error %d\n", s->program, errno);
	_exit(127);
}

/*
 * Start the server and wait.  Runs until either process exits: each sees the
 * other's exit as a closed pipe.
 */
static void qemu_nbd_supervise(struct qemu_nbd_command *s)
{
	struct pollfd fds[2] = {
		{ .fd = 0, .events = POLLIN },
		{ .fd = 1, .events = POLLIN },
	};
	int server_life[2];
	pid_t pid;

	if (pipe(server_life))
		_exit(127);
	pid = fork();
	if (!pid)
		qemu_nbd_exec(s, server_life[1]);
	/* Open descriptors would hold locks and keep pipes open. */
	if (pid < 0 || dup2(server_life[0], 1) < 0 || dup2(s->life[0], 0) < 0)
		_exit(127);
	qemu_nbd_close_from(2, INT_MAX);
	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	_exit(0);
}

static void qemu_nbd_run_supervisor(struct qemu_nbd_command *s)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;
	int i;

	setsid();
	for (i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	qemu_nbd_supervise(s);
}

/* ---- In the parent ---- */

int qemu_nbd_wait(struct qemu_nbd *f, int seconds)
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
	/* Another process may get the number now. */
	f->pid = 0;
	return 0;
}

/* Wait, so that the image is not locked when it is opened next. */
void qemu_nbd_closed(struct nbd_server *server)
{
	struct qemu_nbd *f = (struct qemu_nbd *)server;

	qemu_nbd_close_fd(&f->life);
	qemu_nbd_wait(f, QEMU_NBD_END_SECONDS);
	qemu_nbd_close_fd(&f->ended);
	free(f);
}

/* The first line that it said, without its name; or NULL. */
const char *qemu_nbd_first_message(struct qemu_nbd_command *s, char *buf,
				   size_t size)
{
	ssize_t n = pread(s->messages, buf, size - 1, 0);
	char *line = buf;

	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	if (!strncmp(line, s->args[0], strlen(s->args[0])) &&
	    !strncmp(line + strlen(s->args[0]), ": ", 2))
		line += strlen(s->args[0]) + 2;
	/* qemu-storage-daemon repeats the option first. */
	if (!strncmp(line, "--", 2) && strstr(line, ": "))
		line = strstr(line, ": ") + 2;
	return *line ? line : NULL;
}

int qemu_nbd_start(struct qemu_nbd_command *s, struct qemu_nbd *f,
		   struct lkl_error *err)
{
	if (pipe2(s->life, O_CLOEXEC))
		return lkl_fail(err, -errno, "cannot make a pipe: %m");
	strcpy(s->listen_pid, "LISTEN_PID=");
	f->pid = fork();
	if (f->pid < 0)
		return lkl_fail(err, -errno, "cannot start %s: %m", s->program);
	if (!f->pid)
		qemu_nbd_run_supervisor(s);
	f->ended = syscall(SYS_pidfd_open, f->pid, 0);
	f->life = s->life[1];
	s->life[1] = -1;
	qemu_nbd_close_fd(&s->life[0]);
	/* So the connection ends with the server. */
	qemu_nbd_close_fd(&s->listener);
	return 0;
}
