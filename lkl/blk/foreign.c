// SPDX-License-Identifier: GPL-2.0-only
/*
 * foreign.c - formats that are not ours but QEMU's, through a server of its.
 *
 * qemu-nbd, or else qemu-storage-daemon, is started for the one image with a
 * socket that has no name by the time it runs: only we are connected to it.
 * It lives in a session of its own, so that an interrupt from the terminal
 * does not end it before us.  A small process of ours watches over both and
 * ends it when our end of a pipe is closed, however we come to our end.
 *
 * Locks, backing files and extents are QEMU's business: whoever names one of
 * these formats vouches for the image.
 */
#define _GNU_SOURCE 1

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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blk.h"
#include "config.h"
#include "error.h"
#include "nbd.h"

/* What is kept of what it says; then its writes fail. */
#define SAID_MAX	8192
/* For it to write back what it holds, or to say why it does not start. */
#define END_SECONDS	60
#define FAIL_SECONDS	5

/* Where the server finds the listening socket. */
#define LISTEN_FD	3
/* And the end of a pipe, of which it knows nothing. */
#define LIFE_FD		4

extern char **environ;

static const struct {
	const char *name, *driver;
} formats[] = {
	{ "vmdk", "vmdk" },
	{ "vdi", "vdi" },
	{ "vpc", "vpc" },
	{ "vhd", "vpc" },
	{ "vhdx", "vhdx" },
	{ "qed", "qed" },
	{ "qcow", "qcow" },
	{ "parallels", "parallels" },
	{ "dmg", "dmg" },
	{ "bochs", "bochs" },
	{ "cloop", "cloop" },
};

#define NR_FORMATS	(sizeof(formats) / sizeof(formats[0]))

struct foreign {
	struct nbd_server server;
	pid_t pid;
	int ended;		/* readable when it has; -1: not known */
	int life;		/* closed to end it */
};

/* What is needed until the connection stands. */
struct start {
	const char *driver;
	bool read_only, no_lock;
	char *image;			/* as QEMU takes it */
	char *program;
	bool is_daemon;			/* qemu-storage-daemon */
	char *args[12];
	int n_args;
	char **environment;
	char listen_pid[32];
	int listener, socket, said, life[2];
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void start_cleanup(struct start *s)
{
	while (s->n_args > 1)
		free(s->args[--s->n_args]);
	free(s->image);
	free(s->program);
	free(s->environment);
	close_fd(&s->listener);
	close_fd(&s->socket);
	close_fd(&s->said);
	close_fd(&s->life[0]);
	close_fd(&s->life[1]);
}

static const char *find_driver(const char *name, struct lkl_error *err)
{
	char known[256] = "raw, qcow2";
	size_t i, len = strlen(known);

	for (i = 0; i < NR_FORMATS; i++)
		if (!strcmp(formats[i].name, name))
			return formats[i].driver;
	for (i = 0; i < NR_FORMATS && len < sizeof(known); i++)
		len += snprintf(known + len, sizeof(known) - len, ", %s",
				formats[i].name);
	lkl_fail(err, 0, "format %.64s is not supported, only %s", name, known);
	return NULL;
}

/* The path of a program, or NULL. */
static char *find_program(const char *name)
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

/* An absolute path is none of QEMU's pseudo-protocols, whatever it holds. */
static char *absolute(const char *path)
{
	if (!strncmp(path, "nbd", 3) && strstr(path, "://"))
		return strdup(path);
	return realpath(path, NULL);
}

static int add_arg(struct start *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int add_arg(struct start *s, const char *format, ...)
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

/* Where options are separated by commas, one that is meant is doubled. */
static char *escape_commas(const char *text)
{
	char *escaped = malloc(2 * strlen(text) + 1), *to = escaped;

	if (!escaped)
		return NULL;
	while (*text) {
		if (*text == ',')
			*to++ = ',';
		*to++ = *text++;
	}
	*to = '\0';
	return escaped;
}

/* The image as options of QEMU's: a node of the format on one of the file. */
static int add_nodes(struct start *s)
{
	char *name = escape_commas(s->image), *file = NULL;
	const char *read_only = s->read_only ? "on" : "off";
	const char *driver = "file";
	struct stat st;
	int ret;

	if (!name)
		return -ENOMEM;
	if (!stat(s->image, &st) && S_ISBLK(st.st_mode))
		driver = "host_device";
	ret = asprintf(&file, "file.driver=%s,file.filename=%s%s", driver, name,
		       s->no_lock ? ",file.locking=off" : "");
	free(name);
	if (ret < 0)
		return -ENOMEM;
	if (s->is_daemon)
		ret = add_arg(s, "--blockdev=driver=%s,node-name=image,discard=unmap,read-only=%s,%s",
			      s->driver, read_only, file);
	else
		ret = add_arg(s, "driver=%s,%s", s->driver, file);
	free(file);
	return ret;
}

static int add_daemon_args(struct start *s)
{
	if (add_nodes(s) ||
	    add_arg(s, "--nbd-server=addr.type=fd,addr.str=%d,max-connections=1",
		    LISTEN_FD))
		return -ENOMEM;
	return add_arg(s, "--export=type=nbd,id=export,node-name=image,name=,writable=%s",
		       s->read_only ? "off" : "on");
}

static int add_nbd_args(struct start *s)
{
	if (add_arg(s, "--discard=unmap") ||
	    (s->read_only && add_arg(s, "--read-only")))
		return -ENOMEM;
	if (s->no_lock)
		return add_arg(s, "--image-opts") || add_nodes(s) ? -ENOMEM : 0;
	if (add_arg(s, "--format=%s", s->driver) || add_arg(s, "--"))
		return -ENOMEM;
	return add_arg(s, "%s", s->image);
}

/* Ours, without a socket that others were to pass to us, and with theirs. */
static int make_environment(struct start *s)
{
	static char listen_fds[] = "LISTEN_FDS=1";
	size_t n = 0;
	char **e, **to;

	for (e = environ; *e; e++)
		n++;
	to = s->environment = malloc((n + 3) * sizeof(*to));
	if (!to)
		return -ENOMEM;
	for (e = environ; *e; e++)
		if (strncmp(*e, "LISTEN_", 7))
			*to++ = *e;
	*to++ = listen_fds;
	*to++ = s->listen_pid;
	*to = NULL;
	return 0;
}

static int choose_program(struct start *s, struct lkl_error *err)
{
	static char nbd[] = "qemu-nbd", daemon[] = "qemu-storage-daemon";
	int ret;

	s->program = find_program(nbd);
	if (!s->program) {
		s->program = find_program(daemon);
		s->is_daemon = true;
	}
	if (!s->program)
		return lkl_fail(err, -ENOTSUP,
				"format %s needs qemu-nbd, which is not installed (Debian: qemu-utils)",
				s->driver);
	s->args[s->n_args++] = s->is_daemon ? daemon : nbd;
	ret = s->is_daemon ? add_daemon_args(s) : add_nbd_args(s);
	if (!ret)
		ret = make_environment(s);
	return ret ? lkl_fail(err, ret, "out of memory") : 0;
}

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

static int make_sockets(struct start *s, struct lkl_error *err)
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
static int make_said(struct start *s, struct lkl_error *err)
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

static int wait_for_end(struct foreign *f, int seconds)
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
static void foreign_closed(struct nbd_server *server)
{
	struct foreign *f = (struct foreign *)server;

	close_fd(&f->life);
	wait_for_end(f, END_SECONDS);
	close_fd(&f->ended);
	free(f);
}

/* The first line that it said, without its name; or NULL. */
static const char *first_line(struct start *s, char *buf, size_t size)
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

static int start_server(struct start *s, struct foreign *f,
			struct lkl_error *err)
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

static int open_through(struct start *s, unsigned int flags,
			struct blk **ret_blk, struct lkl_error *err)
{
	struct foreign *f = calloc(1, sizeof(*f));
	char buf[SAID_MAX];
	const char *line;
	int socket, ret;

	if (!f)
		return lkl_fail(err, -ENOMEM, "out of memory");
	f->server.closed = foreign_closed;
	f->ended = f->life = -1;
	ret = start_server(s, f, err);
	if (ret) {
		free(f);
		return ret;
	}
	socket = s->socket;
	s->socket = -1;
	ret = nbd_open_server(&f->server, socket, flags, ret_blk, err);
	if (!ret)
		return 0;

	/* It says better than the connection what went wrong, if it ended. */
	wait_for_end(f, FAIL_SECONDS);
	line = first_line(s, buf, sizeof(buf));
	if (line)
		ret = lkl_fail(err, -EINVAL, "cannot open as %s: %.384s",
			       s->driver, line);
	foreign_closed(&f->server);
	return ret;
}

int foreign_open(const char *path, const char *format, unsigned int flags,
		 struct blk **ret_blk, struct lkl_error *err)
{
	__attribute__((cleanup(start_cleanup))) struct start s = {
		.read_only = flags & BLK_OPEN_READ_ONLY,
		.no_lock = flags & BLK_OPEN_NO_LOCK,
		.listener = -1, .socket = -1, .said = -1, .life = { -1, -1 },
	};
	int ret;

	s.driver = find_driver(format, err);
	if (!s.driver)
		return -ENOTSUP;
#ifndef HAVE_LIBNBD
	return lkl_fail(err, -ENOTSUP,
			"format %s needs NBD, which was not built in, for lack of libnbd",
			s.driver);
#endif
	s.image = absolute(path);
	if (!s.image)
		return lkl_fail(err, -errno, "cannot open: %m");
	ret = choose_program(&s, err);
	if (!ret)
		ret = make_sockets(&s, err);
	if (!ret)
		ret = make_said(&s, err);
	if (ret)
		return ret;
	return open_through(&s, flags, ret_blk, err);
}
