// SPDX-License-Identifier: GPL-2.0-only
/*
 * zst.c - raw images that are compressed with zstd.
 *
 * nbdkit has no filter for them.  The program zstd decompresses the whole image into
 * a temporary file that has no name, and keeps its holes.  It gets both files open,
 * and is confined before it runs: it opens none.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blk/blk.h"
#include "blk/error.h"
#include "blk/server/server.h"

/* Of a decompressed image, so that a small file cannot make work for ever. */
#define ZST_SIZE_MAX	(8ull << 40)

static int zst_make_output(struct lkl_error *err)
{
	const char *folder = server_temporary_base();
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? lkl_fail(err, -errno,
				 "cannot make a temporary file in %.128s: %m",
				 folder) : fd;
}

/* In the child: only async-signal-safe functions. */
static void zst_exec(struct server_command *s, int image, int out,
		     pid_t parent)
{
	struct rlimit limit;
	int ret;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	if (dup2(image, 0) < 0 || dup2(out, 1) < 0 || dup2(s->messages, 2) < 0)
		_exit(127);
	server_close_from(3, INT_MAX);
	if (!getrlimit(RLIMIT_FSIZE, &limit) &&
	    limit.rlim_cur > ZST_SIZE_MAX) {
		limit.rlim_cur = ZST_SIZE_MAX;
		setrlimit(RLIMIT_FSIZE, &limit);
	}
	signal(SIGXFSZ, SIG_IGN);
	ret = server_confine(&s->limits, s->program);
	if (ret)
		dprintf(2, "%s: cannot confine it: error %d\n", s->args[0],
			-ret);
	else
		execve(s->program, s->args, environ);
	_exit(127);
}


static const char *zst_reason(char *line)
{
	char *name = line ? strstr(line, "stdin*\\") : NULL;
	size_t len;

	if (name)
		line = name + strlen("stdin*\\");
	if (line)
		line += strspn(line, " :");
	if (!line || !*line)
		return "zstd failed";
	for (len = strlen(line); len && line[len - 1] == ' '; len--)
		line[len - 1] = '\0';
	return line;
}

/* A signal that the program handles ends this. */
static int zst_wait(pid_t pid, int *ret_status)
{
	int ret = 0;

	while (waitpid(pid, ret_status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
		kill(pid, SIGKILL);
		ret = -EINTR;
	}
	return ret;
}

static int zst_run(struct server_command *s, int image, int out,
		   struct lkl_error *err)
{
	char buf[SERVER_MESSAGES_MAX];
	pid_t parent = getpid(), pid;
	int status = 0, ret;

	ret = server_make_messages(s, err);
	if (ret)
		return ret;
	pid = fork();
	if (pid < 0)
		return lkl_fail(err, -errno, "cannot start %s: %m", s->program);
	if (!pid)
		zst_exec(s, image, out, parent);
	ret = zst_wait(pid, &status);
	if (ret)
		return lkl_fail(err, ret, "cannot decompress it: %s",
				strerror(-ret));
	if (!status)
		return 0;
	return lkl_fail(err, -EINVAL, "cannot decompress it: %.384s",
			zst_reason(server_first_message(s, buf, sizeof(buf))));
}

static int zst_decompress(int image, int out, struct lkl_error *err)
{
	__attribute__((cleanup(server_free_command))) struct server_command s =
		{ SERVER_COMMAND_INIT };
	static char name[] = "zstd";

	s.kind = "zst";
	s.program = server_find_program(name);
	if (!s.program)
		return lkl_fail(err, -ENOTSUP,
				"zst needs zstd, which is not installed (Debian: zstd)");
	s.args[s.n_args++] = name;
	if (server_add_arg(&s, "--decompress") ||
	    server_add_arg(&s, "--stdout") || server_add_arg(&s, "--sparse") ||
	    server_add_arg(&s, "--quiet"))
		return lkl_fail(err, -ENOMEM, "out of memory");
	return zst_run(&s, image, out, err);
}

int zst_open(const char *path, unsigned int flags, struct blk **ret_blk,
	     struct lkl_error *err)
{
	int ret = server_check_flags(flags, "a compressed image", err);
	int image, out;

	if (ret)
		return ret;
	if (blk_is_remote(path))
		return lkl_fail(err, -ENOTSUP,
				"an image that is compressed with zstd has to be a file: download it first");
	image = file_open_descriptor(path, flags, err);
	if (image < 0)
		return image;
	out = zst_make_output(err);
	ret = out < 0 ? out : zst_decompress(image, out, err);
	close(image);
	if (!ret)
		return file_use_descriptor(out, BLK_OPEN_READ_ONLY |
					   BLK_OPEN_NO_LOCK, ret_blk, err);
	server_close_fd(&out);
	return ret;
}
