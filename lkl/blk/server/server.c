// SPDX-License-Identifier: GPL-2.0-only
/*
 * server.c - starts and ends the process of an NBD server.
 *
 * The server gets a socket whose name is removed before it runs, so only this
 * process can connect.  It is in a session of its own, so that an interrupt
 * from the terminal does not end it before us.  A supervisor process waits
 * until this process exits, which closes a pipe, and then ends the server.  Its
 * exit status says how the server ended.
 */
#define _GNU_SOURCE 1

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blk/error.h"
#include "blk/file/file.h"
#include "blk/memory-file.h"
#include "confine.h"
#include "count.h"
#include "server.h"

extern char **environ;

/* ---- Temporary files ---- */

const char *server_temporary_base(void)
{
	const char *base = getenv("TMPDIR");

	return base && *base ? base : "/var/tmp";
}

/*
 * Others' temporary files are none of its business, so the server gets a folder
 * of its own.  It removes the names of its files at once.
 */
static int server_make_temporary(struct server_command *s,
				 struct lkl_error *err)
{
	const char *base = server_temporary_base();
	int ret;

	if (!s->temporary_files)
		return 0;
	if (asprintf(&s->temporary, "%s%s/lkl-XXXXXX",
		     *base == '/' ? "" : "./", base) < 0) {
		s->temporary = NULL;
		return lkl_fail(err, -ENOMEM, "out of memory");
	}
	if (!mkdtemp(s->temporary)) {
		ret = lkl_fail(err, -errno, "cannot make a directory in %.128s: %m",
			       base);
		free(s->temporary);
		s->temporary = NULL;
		return ret;
	}
	s->limits.temporary = s->temporary;
	if (asprintf(&s->temporary_variable, "TMPDIR=%s", s->temporary) < 0) {
		s->temporary_variable = NULL;
		return lkl_fail(err, -ENOMEM, "out of memory");
	}
	return 0;
}

/* In the folder that is removed: we keep the file open. */
static int server_make_log(struct server_command *s, struct lkl_error *err)
{
	char *path;

	if (!s->log_key)
		return 0;
	if (asprintf(&path, "%s/log", s->temporary) < 0)
		return lkl_fail(err, -ENOMEM, "out of memory");
	s->log = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	free(path);
	if (s->log < 0)
		return lkl_fail(err, -errno, "cannot make a file in %.128s: %m",
				s->temporary);
	if (server_add_arg(s, "%s=%s/log", s->log_key, s->temporary))
		return lkl_fail(err, -ENOMEM, "out of memory");
	return 0;
}

/* Also files that the server left.  From then on it can make none. */
static void server_remove_temporary(struct server_command *s)
{
	struct dirent *entry;
	int tries;
	DIR *dir;

	if (!s->temporary)
		return;
	for (tries = 0; tries < 10 && rmdir(s->temporary); tries++) {
		dir = opendir(s->temporary);
		while (dir && (entry = readdir(dir)))
			unlinkat(dirfd(dir), entry->d_name, 0);
		if (dir)
			closedir(dir);
	}
	free(s->temporary);
	s->temporary = NULL;
	s->limits.temporary = NULL;
}

void server_free_command(struct server_command *s)
{
	while (s->n_args > 1)
		free(s->args[--s->n_args]);
	free(s->program);
	free(s->environment);
	server_remove_temporary(s);
	free(s->temporary_variable);
	free(s->image);
	free(s->settings);
	server_close_fd(&s->log);
	server_close_fd(&s->listener);
	server_close_fd(&s->socket);
	server_close_fd(&s->messages);
	server_close_fd(&s->key);
	server_close_fd(&s->life[0]);
	server_close_fd(&s->life[1]);
}

int server_check_flags(unsigned int flags, const char *what,
		       struct lkl_error *err)
{
	if (flags & BLK_OPEN_READ_ONLY)
		return 0;
	return lkl_fail(err, -EROFS, "cannot open for writing: %s can only be read",
			what);
}

char *server_find_program(const char *name)
{
	const char *dir = getenv("PATH"), *end;
	char *path;

	if (!dir)
		dir = "/usr/local/bin:/usr/bin:/bin";
	for (;; dir = end + 1) {
		end = strchrnul(dir, ':');
		if (end > dir &&
		    asprintf(&path, "%.*s/%s", (int)(end - dir), dir, name) >= 0) {
			if (!access(path, X_OK))
				return path;
			free(path);
		}
		if (!*end)
			return NULL;
	}
}

int server_add_arg(struct server_command *s, const char *format, ...)
{
	va_list ap;
	int ret;

	va_start(ap, format);
	ret = vasprintf(&s->args[s->n_args], format, ap);
	va_end(ap);
	if (ret < 0) {
		s->args[s->n_args] = NULL;
		return -ENOMEM;
	}
	s->n_args++;
	return 0;
}

/* Our environment, with the server's listening socket instead of our own. */
static char **server_make_environment(struct server_command *s)
{
	static char listen_fds[] = "LISTEN_FDS=1";
	char **e, **to, **environment;
	size_t n = 0;

	for (e = environ; *e; e++)
		n++;
	to = environment = malloc((n + 4) * sizeof(*to));
	if (!to)
		return NULL;
	for (e = environ; *e; e++)
		if (strncmp(*e, "LISTEN_", 7) &&
		    !(s->temporary && !strncmp(*e, "TMPDIR=", 7)))
			*to++ = *e;
	if (s->temporary)
		*to++ = s->temporary_variable;
	*to++ = listen_fds;
	*to++ = s->listen_pid;
	*to = NULL;
	return environment;
}

/* Through /proc, as the path of the directory may be too long. */
static int server_connect_in(int dir, struct server_command *s)
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

static int server_make_sockets(struct server_command *s, struct lkl_error *err)
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
	ret = dir < 0 ? -errno : server_connect_in(dir, s);
	server_close_fd(&dir);
	rmdir(path);
	free(path);
	return ret ? lkl_fail(err, ret, "cannot make a socket: %m") : 0;
}

/* Not a pipe: that could fill up and block the server. */
int server_make_messages(struct server_command *s, struct lkl_error *err)
{
	s->messages = memory_file("messages", MFD_ALLOW_SEALING);
	if (s->messages < 0 || ftruncate(s->messages, SERVER_MESSAGES_MAX) ||
	    fcntl(s->messages, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK))
		return lkl_fail(err, -errno, "cannot make a file in memory: %m");
	return 0;
}

/* As cryptsetup has it for key files. */
#define SERVER_KEY_MAX	(8u << 20)

int server_set_key(struct server_command *s, int file, struct lkl_error *err)
{
	off_t at = 0;
	ssize_t n, len = 0;

	s->key = memory_file("key", 0);
	if (s->key < 0)
		return lkl_fail(err, -errno, "cannot make a file in memory: %m");
	do {
		n = sendfile(s->key, file, &at, SERVER_KEY_MAX);
		/* It does not read from pipes. */
		if (n < 0 && (errno == EINVAL || errno == ESPIPE))
			n = splice(file, NULL, s->key, NULL, SERVER_KEY_MAX, 0);
		len += n > 0 ? n : 0;
	} while ((n > 0 && len < SERVER_KEY_MAX) || (n < 0 && errno == EINTR));
	if (n < 0)
		return lkl_fail(err, -errno, "cannot read the key: %m");
	return len ? 0 : lkl_fail(err, -EINVAL, "the key is empty");
}

/* ---- In the child: only async-signal-safe functions ---- */

/* The server compares LISTEN_PID= with its own process number. */
static void server_set_listen_pid(struct server_command *s)
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

void server_close_from(int first, int last)
{
	if (!syscall(SYS_close_range, first, last, 0))
		return;
	for (; first <= last && first < 1024; first++)
		close(first);
}

/* @life stays open until the server exits. */
static void server_exec(struct server_command *s, int life)
{
	int null = open("/dev/null", O_RDWR), ret;

	server_set_listen_pid(s);
	/* Move the descriptors away from the numbers that the server gets. */
	s->listener = fcntl(s->listener, F_DUPFD, 10);
	s->messages = fcntl(s->messages, F_DUPFD, 10);
	life = fcntl(life, F_DUPFD, 10);
	if (s->key >= 0)
		s->key = fcntl(s->key, F_DUPFD, 10);
	if (null < 0 || s->listener < 0 || s->messages < 0 || life < 0 ||
	    dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(s->messages, 2) < 0 ||
	    dup2(s->listener, SERVER_LISTEN_FD) < 0 ||
	    dup2(life, SERVER_LIFE_FD) < 0)
		_exit(127);
	if (s->key >= 0 && dup2(s->key, SERVER_KEY_FD) < 0)
		_exit(127);
	server_close_from((s->key >= 0 ? SERVER_KEY_FD : SERVER_LIFE_FD) + 1,
			  INT_MAX);
	ret = server_confine(&s->limits, s->program);
	if (ret) {
		dprintf(2, "%s: cannot confine it: error %d\n", s->args[0],
			-ret);
		_exit(127);
	}
	execve(s->program, s->args, s->environment);
	dprintf(2, "cannot run %s: error %d\n", s->program, errno);
	_exit(127);
}

/*
 * End the server; returns its wait status.  qemu-storage-daemon misses a signal
 * that arrives just before it sleeps, so the signal is repeated until @life, which
 * the server holds open, is closed.
 */
static int server_terminate(pid_t pid, int life)
{
	struct pollfd pfd = { .fd = life, .events = POLLIN };
	int status;
	pid_t waited;

	do {
		kill(pid, SIGTERM);
	} while (poll(&pfd, 1, SERVER_REPEAT_MILLISECONDS) <= 0);
	while ((waited = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	return waited == pid ? status : -1;
}

/*
 * Start the server and wait.  Runs until either process exits: each sees the
 * other's exit as a closed pipe.
 */
static void server_supervise(struct server_command *s)
{
	struct pollfd fds[2] = {
		{ .fd = 0, .events = POLLIN },
		{ .fd = 1, .events = POLLIN },
	};
	int server_life[2], status;
	pid_t pid;

	if (pipe(server_life))
		_exit(127);
	pid = fork();
	if (!pid)
		server_exec(s, server_life[1]);
	/* Open descriptors would hold locks and keep pipes open. */
	if (pid < 0 || dup2(server_life[0], 1) < 0 || dup2(s->life[0], 0) < 0)
		_exit(127);
	server_close_from(2, INT_MAX);
	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	status = server_terminate(pid, fds[1].fd);
	if (status < 0)
		_exit(127);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) :
				  128 + WTERMSIG(status));
}

static void server_run_supervisor(struct server_command *s)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;
	int i;

	setsid();
	for (i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	server_supervise(s);
}

/* ---- In the parent ---- */

static int server_wait(struct server *f, int milliseconds)
{
	struct pollfd pfd = { .fd = f->ended, .events = POLLIN };
	int ret, status;

	if (f->ended >= 0) {
		do {
			ret = poll(&pfd, 1, milliseconds);
		} while (ret < 0 && errno == EINTR);
		if (!ret)
			return -ETIMEDOUT;
	}
	if (f->pid <= 0)
		return 0;
	do {
		ret = waitpid(f->pid, &status, f->ended >= 0 ? WNOHANG : 0);
	} while (ret < 0 && errno == EINTR);
	/* A program may wait for all children, and so for ours. */
	f->failed = ret == f->pid && status;
	/* Another process may get the number now. */
	f->pid = 0;
	return 0;
}

/* Wait, so that the image is not locked when it is opened next. */
static int server_closed(struct nbd_server *server)
{
	struct server *f = (struct server *)server;
	int ret;

	server_close_fd(&f->life);
	ret = server_wait(f, 1000 * SERVER_END_SECONDS);
	if (f->failed)
		ret = -EREMOTEIO;
	server_close_fd(&f->ended);
	server_close_fd(&f->image);
	server_close_fd(&f->log);
	free(f);
	return ret;
}

static int server_flushed(struct nbd_server *server)
{
	struct server *f = (struct server *)server;

	return f->image < 0 || file_is_locked_by_other(f->image) ? 0 : -ENOLCK;
}

static int server_fetched(struct nbd_server *server, uint64_t *ret_bytes)
{
	struct server *f = (struct server *)server;

	return f->log < 0 ? -ENODATA : server_count_read(f->log, ret_bytes);
}

/*
 * The line that says why the program failed: the first that is no warning, or the
 * last of a Python program's traceback.  Cuts @text.
 */
static char *server_choose_line(char *text)
{
	char *line = text, *end, *last;

	for (;; line = end + 1) {
		end = line + strcspn(line, "\n");
		last = memmem(line, (size_t)(end - line), ": warning: ",
			      strlen(": warning: "));
		if (!last || !*end)
			break;
	}
	last = memmem(line, (size_t)(end - line), "Traceback (most recent",
		      strlen("Traceback (most recent"));
	for (end = line + strlen(line); end > line && end[-1] == '\n'; end--)
		end[-1] = '\0';
	if (last && strrchr(line, '\n'))
		line = strrchr(line, '\n') + 1;
	line += strspn(line, " ");
	line[strcspn(line, "\n")] = '\0';
	return line;
}

/* The first line that it said, without its name; or NULL. */
char *server_first_message(struct server_command *s, char *buf, size_t size)
{
	ssize_t n = pread(s->messages, buf, size - 1, 0);
	char *line;

	buf[n > 0 ? n : 0] = '\0';
	line = server_choose_line(buf);
	if (!strncmp(line, s->args[0], strlen(s->args[0])) &&
	    !strncmp(line + strlen(s->args[0]), ": ", 2))
		line += strlen(s->args[0]) + 2;
	/* qemu-storage-daemon repeats the option first. */
	if (!strncmp(line, "--", 2) && strstr(line, ": "))
		line = strstr(line, ": ") + 2;
	return *line ? line : NULL;
}

static int server_start(struct server_command *s, struct server *f,
			struct lkl_error *err)
{
	if (pipe2(s->life, O_CLOEXEC))
		return lkl_fail(err, -errno, "cannot make a pipe: %m");
	strcpy(s->listen_pid, "LISTEN_PID=");
	f->pid = fork();
	if (f->pid < 0)
		return lkl_fail(err, -errno, "cannot start %s: %m", s->program);
	if (!f->pid)
		server_run_supervisor(s);
	f->ended = syscall(SYS_pidfd_open, f->pid, 0);
	f->life = s->life[1];
	s->life[1] = -1;
	server_close_fd(&s->life[0]);
	/* So the connection ends with the server. */
	server_close_fd(&s->listener);
	return 0;
}

/*
 * Its locks can be watched if it has any: there are none on some file systems,
 * or if it was told so.
 */
static void server_watch_locks(struct server_command *s, struct server *f)
{
	if (!s->watch_locks)
		return;
	f->image = open(s->limits.image, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (f->image >= 0 && !file_is_locked_by_other(f->image))
		server_close_fd(&f->image);
}

/*
 * nbdkit's plugins and filters are packages of their own on some systems, and its
 * message tells how the loader searched.  Changes @line; "plugin 'curl'", or NULL.
 */
static const char *server_missing_part(char *line)
{
	static const char *const starts[] = { "cannot open plugin '", "cannot open filter '" };
	char *part, *end;
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		part = strstr(line, starts[i]);
		end = part ? strchr(part + strlen(starts[i]), '\'') : NULL;
		if (!end)
			continue;
		end[1] = '\0';
		return part + strlen("cannot open ");
	}
	return NULL;
}

/* nbdkit says why it closes the connection, but does not end. */
static char *server_wait_for_message(struct server_command *s, struct server *f,
				     char *buf, size_t size)
{
	int left = 1000 * SERVER_FAIL_SECONDS;
	char *line;

	while (left > 0 && server_wait(f, 100) == -ETIMEDOUT) {
		left -= 100;
		line = server_first_message(s, buf, size);
		if (line && !strstr(line, ": warning: "))
			break;
	}
	/* It has several lines, perhaps. */
	return server_first_message(s, buf, size);
}

static int server_connect(struct server_command *s, unsigned int flags,
			  struct blk **ret_blk, struct lkl_error *err)
{
	struct server *f = calloc(1, sizeof(*f));
	char buf[SERVER_MESSAGES_MAX];
	const char *part;
	char *line;
	int socket, ret;

	if (!f)
		return lkl_fail(err, -ENOMEM, "out of memory");
	f->server.closed = server_closed;
	f->server.flushed = server_flushed;
	f->server.fetched = server_fetched;
	f->ended = f->life = f->image = -1;
	f->log = s->log;
	s->log = -1;
	ret = server_start(s, f, err);
	if (ret) {
		server_close_fd(&f->log);
		free(f);
		return ret;
	}
	socket = s->socket;
	s->socket = -1;
	ret = nbd_open_server(&f->server, socket, flags, ret_blk, err);
	if (!ret) {
		server_watch_locks(s, f);
		return 0;
	}

	/* The server's message is better than libnbd's. */
	line = server_wait_for_message(s, f, buf, sizeof(buf));
	part = line ? server_missing_part(line) : NULL;
	if (part)
		ret = lkl_fail(err, -ENOTSUP,
			       "%s needs the %.64s of %s, which is not installed",
			       s->kind, part, s->args[0]);
	else if (line)
		ret = lkl_fail(err, -EINVAL, "cannot open as %s: %.384s",
			       s->kind, line);
	server_closed(&f->server);
	return ret;
}

int server_open(struct server_command *s, unsigned int flags,
		struct blk **ret_blk, struct lkl_error *err)
{
	int ret;

	ret = server_make_temporary(s, err);
	if (!ret)
		ret = server_make_log(s, err);
	if (ret)
		return ret;
	s->environment = server_make_environment(s);
	ret = s->environment ? server_make_sockets(s, err) :
			       lkl_fail(err, -ENOMEM, "out of memory");
	if (!ret)
		ret = server_make_messages(s, err);
	return ret ? ret : server_connect(s, flags, ret_blk, err);
}
