// SPDX-License-Identifier: GPL-2.0-only
/*
 * qemu-nbd.c - formats that are not ours but QEMU's, through a server of its.
 *
 * qemu-nbd, or else qemu-storage-daemon, is started for the one image
 * (server.c); the image is what it exports.
 *
 * Locks, backing files and extents are QEMU's business: whoever names one of
 * these formats vouches for the image.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blk/blk.h"
#include "config.h"
#include "blk/error.h"
#include "qemu-nbd.h"
#include "blk/nbd/library.h"

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
	ret = foreign_start(s, f, err);
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
	foreign_wait(f, FAIL_SECONDS);
	line = foreign_said(s, buf, sizeof(buf));
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
	struct lkl_error reason;
	int ret;

	s.driver = find_driver(format, err);
	if (!s.driver)
		return -ENOTSUP;
	/* No server is started that nobody can talk to. */
	if (nbd_library_load(&reason))
		return lkl_fail(err, -ENOTSUP, "format %s needs NBD: %.384s",
				s.driver, reason.text);
	s.image = absolute(path);
	if (!s.image)
		return lkl_fail(err, -errno, "cannot open: %m");
	ret = choose_program(&s, err);
	if (!ret)
		ret = foreign_make_sockets(&s, err);
	if (!ret)
		ret = foreign_make_said(&s, err);
	if (ret)
		return ret;
	return open_through(&s, flags, ret_blk, err);
}
