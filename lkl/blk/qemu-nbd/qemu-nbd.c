// SPDX-License-Identifier: GPL-2.0-only
/*
 * qemu-nbd.c - opens images of formats that only QEMU knows.
 *
 * server.c starts qemu-nbd for one image, or qemu-storage-daemon if there is no
 * qemu-nbd.  Requests go to the export of that process.
 *
 * QEMU takes the locks and opens backing files and extents.  A user who names
 * one of these formats trusts the image.
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

static void qemu_nbd_free_command(struct qemu_nbd_command *s)
{
	while (s->n_args > 1)
		free(s->args[--s->n_args]);
	free(s->image);
	free(s->program);
	free(s->environment);
	qemu_nbd_close_fd(&s->listener);
	qemu_nbd_close_fd(&s->socket);
	qemu_nbd_close_fd(&s->messages);
	qemu_nbd_close_fd(&s->life[0]);
	qemu_nbd_close_fd(&s->life[1]);
}

static const char *qemu_nbd_find_driver(const char *name, struct lkl_error *err)
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
static char *qemu_nbd_find_program(const char *name)
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

/* QEMU looks for no protocol prefix in an absolute path. */
static char *qemu_nbd_absolute_path(const char *path)
{
	if (!strncmp(path, "nbd", 3) && strstr(path, "://"))
		return strdup(path);
	return realpath(path, NULL);
}

static int qemu_nbd_add_arg(struct qemu_nbd_command *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int qemu_nbd_add_arg(struct qemu_nbd_command *s, const char *format, ...)
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

/* Double the commas of a value, as commas separate options. */
static char *qemu_nbd_escape_commas(const char *text)
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

/* Describe the image in QEMU's options: a format node on a file node. */
static int qemu_nbd_add_nodes(struct qemu_nbd_command *s)
{
	char *name = qemu_nbd_escape_commas(s->image), *file = NULL;
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
		ret = qemu_nbd_add_arg(s,
				       "--blockdev=driver=%s,node-name=image,discard=unmap,read-only=%s,%s",
				       s->driver, read_only, file);
	else
		ret = qemu_nbd_add_arg(s, "driver=%s,%s", s->driver, file);
	free(file);
	return ret;
}

static int qemu_nbd_add_daemon_args(struct qemu_nbd_command *s)
{
	if (qemu_nbd_add_nodes(s) ||
	    qemu_nbd_add_arg(s,
			     "--nbd-server=addr.type=fd,addr.str=%d,max-connections=1",
			     QEMU_NBD_LISTEN_FD))
		return -ENOMEM;
	return qemu_nbd_add_arg(s,
				"--export=type=nbd,id=export,node-name=image,name=,writable=%s",
				s->read_only ? "off" : "on");
}

static int qemu_nbd_add_nbd_args(struct qemu_nbd_command *s)
{
	if (qemu_nbd_add_arg(s, "--discard=unmap") ||
	    (s->read_only && qemu_nbd_add_arg(s, "--read-only")))
		return -ENOMEM;
	if (s->no_lock)
		return qemu_nbd_add_arg(s, "--image-opts") ||
				       qemu_nbd_add_nodes(s) ?
			       -ENOMEM :
			       0;
	if (qemu_nbd_add_arg(s, "--format=%s", s->driver) ||
	    qemu_nbd_add_arg(s, "--"))
		return -ENOMEM;
	return qemu_nbd_add_arg(s, "%s", s->image);
}

/* Our environment, with the server's listening socket instead of our own. */
static int qemu_nbd_make_environment(struct qemu_nbd_command *s)
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

static int qemu_nbd_choose_program(struct qemu_nbd_command *s,
				   struct lkl_error *err)
{
	static char nbd[] = "qemu-nbd", daemon[] = "qemu-storage-daemon";
	int ret;

	s->program = qemu_nbd_find_program(nbd);
	if (!s->program) {
		s->program = qemu_nbd_find_program(daemon);
		s->is_daemon = true;
	}
	if (!s->program)
		return lkl_fail(err, -ENOTSUP,
				"format %s needs qemu-nbd, which is not installed (Debian: qemu-utils)",
				s->driver);
	s->args[s->n_args++] = s->is_daemon ? daemon : nbd;
	ret = s->is_daemon ? qemu_nbd_add_daemon_args(s) :
			     qemu_nbd_add_nbd_args(s);
	if (!ret)
		ret = qemu_nbd_make_environment(s);
	return ret ? lkl_fail(err, ret, "out of memory") : 0;
}

static int qemu_nbd_connect(struct qemu_nbd_command *s, unsigned int flags,
			    struct blk **ret_blk, struct lkl_error *err)
{
	struct qemu_nbd *f = calloc(1, sizeof(*f));
	char buf[QEMU_NBD_MESSAGES_MAX];
	const char *line;
	int socket, ret;

	if (!f)
		return lkl_fail(err, -ENOMEM, "out of memory");
	f->server.closed = qemu_nbd_closed;
	f->ended = f->life = -1;
	ret = qemu_nbd_start(s, f, err);
	if (ret) {
		free(f);
		return ret;
	}
	socket = s->socket;
	s->socket = -1;
	ret = nbd_open_server(&f->server, socket, flags, ret_blk, err);
	if (!ret)
		return 0;

	/* If the server ended, its message is better than libnbd's. */
	qemu_nbd_wait(f, QEMU_NBD_FAIL_SECONDS);
	line = qemu_nbd_first_message(s, buf, sizeof(buf));
	if (line)
		ret = lkl_fail(err, -EINVAL, "cannot open as %s: %.384s",
			       s->driver, line);
	qemu_nbd_closed(&f->server);
	return ret;
}

int qemu_nbd_open(const char *path, const char *format, unsigned int flags,
		  struct blk **ret_blk, struct lkl_error *err)
{
	__attribute__((
		cleanup(qemu_nbd_free_command))) struct qemu_nbd_command s = {
		.read_only = flags & BLK_OPEN_READ_ONLY,
		.no_lock = flags & BLK_OPEN_NO_LOCK,
		.listener = -1,
		.socket = -1,
		.messages = -1,
		.life = { -1, -1 },
	};
	struct lkl_error reason;
	int ret;

	s.driver = qemu_nbd_find_driver(format, err);
	if (!s.driver)
		return -ENOTSUP;
	/* Without libnbd a server would be of no use. */
	if (nbd_library_load(&reason))
		return lkl_fail(err, -ENOTSUP, "format %s needs NBD: %.384s",
				s.driver, reason.text);
	s.image = qemu_nbd_absolute_path(path);
	if (!s.image)
		return lkl_fail(err, -errno, "cannot open: %m");
	ret = qemu_nbd_choose_program(&s, err);
	if (!ret)
		ret = qemu_nbd_make_sockets(&s, err);
	if (!ret)
		ret = qemu_nbd_make_messages(&s, err);
	if (ret)
		return ret;
	return qemu_nbd_connect(&s, flags, ret_blk, err);
}
