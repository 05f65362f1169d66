// SPDX-License-Identifier: GPL-2.0-only
/*
 * qemu-nbd.c - opens images of formats that only QEMU knows.
 *
 * The image is served by qemu-nbd, or by qemu-storage-daemon if there is no
 * qemu-nbd.  Requests go to the export of that process (server/server.c).
 *
 * QEMU takes the locks.  It can open the image and no other file, neither for
 * writing if the image is only read.  With BLK_OPEN_NAMED_FILES it can read all
 * files, such as backing files, and write to those in the folder of the image,
 * such as extents.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blk/blk.h"
#include "config.h"
#include "blk/error.h"
#include "blk/nbd/library.h"
#include "blk/server/server.h"

static const struct {
	const char *name, *driver;
} formats[] = {
	{ "vmdk", "vmdk" },
	{ "vdi", "vdi" },
	{ "vpc", "vpc" },
	{ "vhd", "vpc" },
	{ "vhdx", "vhdx" },
	{ "qed", "qed" },
	{ QEMU_NBD_ENCRYPTED, "qcow2" },
	{ "qcow", "qcow" },
	{ "parallels", "parallels" },
	{ "dmg", "dmg" },
	{ "bochs", "bochs" },
	{ "cloop", "cloop" },
};

#define NR_FORMATS	(sizeof(formats) / sizeof(formats[0]))

static const char *qemu_nbd_find_driver(const char *name, struct lkl_error *err)
{
	char known[256] = "raw, qcow2, xz, gz, zst";
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

static bool qemu_nbd_is_uri(const char *path)
{
	return !strncmp(path, "nbd", 3) && strstr(path, "://");
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

/* An image for QEMU, and the command that serves it. */
struct qemu_nbd {
	const char *driver;
	char *image;			/* path or URI; owned */
	bool is_uri, read_only, no_lock;
	bool is_daemon;			/* qemu-storage-daemon */
	bool has_key;
	struct server_command command;
};

static void qemu_nbd_free(struct qemu_nbd *q)
{
	server_free_command(&q->command);
	free(q->image);
}

/* Describe the image in QEMU's options: a format node on a file node. */
static int qemu_nbd_add_nodes(struct qemu_nbd *q)
{
	char *name = qemu_nbd_escape_commas(q->image), *file = NULL;
	const char *read_only = q->read_only ? "on" : "off";
	const char *driver = "file";
	const char *key = !q->has_key ? "" :
		",encrypt.format=luks,encrypt.key-secret=key";
	struct stat st;
	int ret;

	if (!name)
		return -ENOMEM;
	if (!stat(q->image, &st) && S_ISBLK(st.st_mode))
		driver = "host_device";
	ret = asprintf(&file, "file.driver=%s,file.filename=%s%s", driver, name,
		       q->no_lock ? ",file.locking=off" : "");
	free(name);
	if (ret < 0)
		return -ENOMEM;
	if (q->is_daemon)
		ret = server_add_arg(&q->command,
				     "--blockdev=driver=%s,node-name=image,discard=unmap,read-only=%s%s,%s",
				     q->driver, read_only, key, file);
	else
		ret = server_add_arg(&q->command, "driver=%s%s,%s", q->driver,
				     key, file);
	free(file);
	return ret;
}

/* The passphrase is a file that only the server has. */
static int qemu_nbd_add_key(struct qemu_nbd *q)
{
	if (!q->has_key)
		return 0;
	return server_add_arg(&q->command,
			      "--object=secret,id=key,file=/dev/fd/%d",
			      SERVER_KEY_FD);
}

static int qemu_nbd_add_daemon_args(struct qemu_nbd *q)
{
	if (qemu_nbd_add_key(q) || qemu_nbd_add_nodes(q) ||
	    server_add_arg(&q->command,
			   "--nbd-server=addr.type=fd,addr.str=%d,max-connections=1",
			   SERVER_LISTEN_FD))
		return -ENOMEM;
	return server_add_arg(&q->command,
			      "--export=type=nbd,id=export,node-name=image,name=,writable=%s",
			      q->read_only ? "off" : "on");
}

static int qemu_nbd_add_nbd_args(struct qemu_nbd *q)
{
	struct server_command *s = &q->command;

	if (server_add_arg(s, "--discard=unmap") || qemu_nbd_add_key(q) ||
	    (q->read_only && server_add_arg(s, "--read-only")))
		return -ENOMEM;
	if (q->no_lock || q->has_key)
		return server_add_arg(s, "--image-opts") ||
				       qemu_nbd_add_nodes(q) ?
			       -ENOMEM :
			       0;
	if (server_add_arg(s, "--format=%s", q->driver) ||
	    server_add_arg(s, "--"))
		return -ENOMEM;
	return server_add_arg(s, "%s", q->image);
}

static int qemu_nbd_choose_program(struct qemu_nbd *q, struct lkl_error *err)
{
	static char nbd[] = "qemu-nbd", daemon[] = "qemu-storage-daemon";
	struct server_command *s = &q->command;
	int ret;

	s->program = server_find_program(nbd);
	if (!s->program) {
		s->program = server_find_program(daemon);
		q->is_daemon = true;
	}
	if (!s->program)
		return lkl_fail(err, -ENOTSUP,
				"format %s needs qemu-nbd, which is not installed (Debian: qemu-utils)",
				q->driver);
	s->args[s->n_args++] = q->is_daemon ? daemon : nbd;
	ret = q->is_daemon ? qemu_nbd_add_daemon_args(q) :
			     qemu_nbd_add_nbd_args(q);
	return ret ? lkl_fail(err, ret, "out of memory") : 0;
}

/* If we may open the image, QEMU was kept from opening another file. */
static int qemu_nbd_explain(const struct qemu_nbd *q, int ret,
			    struct lkl_error *err)
{
	const struct lkl_error reason = err ? *err : (struct lkl_error){ "" };

	if (q->command.limits.named_files || q->is_uri ||
	    !strstr(reason.text, "Permission denied") ||
	    access(q->image, q->read_only ? R_OK : R_OK | W_OK))
		return ret;
	return lkl_fail(err, ret,
			"names other files, which are opened only with --allow-backing: %.320s",
			reason.text);
}

int qemu_nbd_open(const char *path, const char *format, unsigned int flags,
		  int key, struct blk **ret_blk, struct lkl_error *err)
{
	__attribute__((cleanup(qemu_nbd_free))) struct qemu_nbd q = {
		.is_uri = qemu_nbd_is_uri(path),
		.read_only = flags & BLK_OPEN_READ_ONLY,
		.no_lock = flags & BLK_OPEN_NO_LOCK,
		.has_key = flags & BLK_OPEN_KEY,
		.command = { SERVER_COMMAND_INIT },
	};
	struct lkl_error reason;
	int ret;

	q.driver = qemu_nbd_find_driver(format, err);
	if (!q.driver)
		return -ENOTSUP;
	if (!q.has_key && !strcmp(format, QEMU_NBD_ENCRYPTED))
		return lkl_fail(err, -ENOKEY,
				"format %s needs a key: say --image-key-file=FILE",
				format);
	if (!q.is_uri && blk_is_remote(path))
		return lkl_fail(err, -ENOTSUP,
				"an image of format %s has to be a file, a block device or an NBD export: download it first",
				q.driver);
	/* Without libnbd a server would be of no use. */
	if (nbd_library_load(&reason))
		return lkl_fail(err, -ENOTSUP, "format %s needs NBD: %.384s",
				format, reason.text);
	/* QEMU looks for no protocol prefix in an absolute path. */
	q.image = q.is_uri ? strdup(path) : realpath(path, NULL);
	if (!q.image)
		return lkl_fail(err, -errno, "cannot open: %m");
	ret = qemu_nbd_choose_program(&q, err);
	if (ret)
		return ret;
	if (q.has_key) {
		ret = server_set_key(&q.command, key, err);
		if (ret)
			return ret;
	}
	q.command.kind = format;
	q.command.limits = (struct server_limits){
		.image = q.is_uri ? NULL : q.image,
		.writable = !q.read_only,
		.named_files = flags & BLK_OPEN_NAMED_FILES,
		.network = q.is_uri,
	};
	q.command.watch_locks = !q.is_uri && !q.read_only && !q.no_lock;
	ret = server_open(&q.command, flags, ret_blk, err);
	return ret ? qemu_nbd_explain(&q, ret, err) : 0;
}
