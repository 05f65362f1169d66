// SPDX-License-Identifier: GPL-2.0-only
/*
 * diff-side.c - one of the two trees that are compared.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* pipe2() */
#endif
#include "diff-side.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lkl.h>

#include "common/archive-library.h"
#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/copy/job.h"
#include "common/digest.h"
#include "common/error.h"
#include "common/image/watchdog.h"
#include "common/sandbox/sandbox.h"
#include "common/tree/file-calls.h"
#include "manifest.h"
#include "run.h"

/* Does the name say that it is an archive? */
static bool is_archive_name(const char *name)
{
	static const char *const suffixes[] = {
		".tar", ".tgz", ".txz", ".tzst", ".tbz2", ".tar.gz", ".tar.xz",
		".tar.zst", ".tar.bz2", ".tar.lz4", ".tar.lzma",
	};
	size_t len = strlen(name), suffix;
	unsigned int i;

	for (i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		suffix = strlen(suffixes[i]);
		if (len > suffix && !strcmp(name + len - suffix, suffixes[i]))
			return true;
	}
	return false;
}

static int enter_sandbox(const struct run *run, const char *folder,
			 struct lkl_error *err)
{
	const struct sandbox_path paths[] = {
		{ folder, SANDBOX_READ }, { NULL, 0 },
	};
	const struct sandbox_options options = {
		.paths = folder ? paths : NULL,
		/* Root may compare a folder of another user. */
		.keep_capabilities = folder ? 1u << 1 | 1u << 2 : 0,
		.best = run->common.sandbox == SANDBOX_BEST,
	};
	int ret;

	if (run->common.sandbox == SANDBOX_NONE)
		return 0;
	ret = sandbox_enter(&options, err);
	return ret < 0 ? ret : 0;
}

static int describe_code(const char *name, int code, struct lkl_error *err)
{
	if (session_panic())
		return error_set(err, code, "%s: the kernel panicked: %s",
				 quote_name(name), session_panic());
	return error_set(err, code, "%s: %s", quote_name(name),
			 lkl_strerror(code));
}

static int write_mounted(const struct session *session, const char *name,
			 unsigned int what, FILE *out, struct lkl_error *err)
{
	struct lkl_error left_err;
	int ret = image_enter(session_root(session), err), root;

	if (ret < 0)
		return error_prefix(err, ret, "%s", quote_name(name));
	root = image_calls.open(LKL_AT_FDCWD, "/", LKL_O_RDONLY |
				LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	ret = root < 0 ? root :
		manifest_walk(&image_calls, root, what, "/", out);
	image_leave(&left_err);
	return ret < 0 ? describe_code(name, ret, err) : 0;
}

static int write_image(const struct run *run, const char *name, unsigned int what,
		       FILE *out, struct lkl_error *err)
{
	struct session *session;
	int ret = session_prepare(name, &run->common, SESSION_READ_ONLY,
				  &session, err);

	if (ret < 0)
		return ret;
	ret = session_confine(session, err);
	if (!ret)
		ret = session_mount(session, err);
	if (!ret)
		ret = write_mounted(session, name, what, out, err);
	session_close(session, NULL);
	return ret;
}

static int write_folder(const struct run *run, const char *name, unsigned int what,
			FILE *out, struct lkl_error *err)
{
	int root = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	if (root < 0)
		return error_set(err, -errno, "%s: cannot open: %s",
				 quote_name(name), strerror(errno));
	ret = enter_sandbox(run, name, err);
	if (ret < 0) {
		close(root);
		return ret;
	}
	ret = manifest_walk(&host_calls, root, what, name, out);
	return ret < 0 ? describe_code(name, ret, err) : 0;
}

static int write_archive(const struct run *run, const char *name,
			 unsigned int what, FILE *out, struct lkl_error *err)
{
	cleanup_close int fd = open(name, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return error_set(err, -errno, "%s: cannot open: %s",
				 quote_name(name), strerror(errno));
	ret = archive_library_load(err);
	if (!ret)
		ret = enter_sandbox(run, NULL, err);
	return ret ? ret : manifest_of_archive(name, fd, what, out, err);
}

static int write_side(const struct run *run, const char *name, unsigned int what,
		      FILE *out, struct lkl_error *err)
{
	const struct watchdog watchdog = { .image = name };
	struct stat st;

	watchdog_set(&watchdog);
	if (!stat(name, &st) && S_ISDIR(st.st_mode)) {
		key_options_close(&run->common.keys, false);
		return write_folder(run, name, what, out, err);
	}
	if (is_archive_name(name)) {
		key_options_close(&run->common.keys, false);
		return write_archive(run, name, what, out, err);
	}
	return write_image(run, name, what, out, err);
}

/* The whole life of the process. */
static void run_side(const struct run *run, const char *name, unsigned int what,
		     int fd)
{
	FILE *out = fdopen(fd, "w");
	struct lkl_error err;
	int ret;

	if (!out)
		_exit(EXIT_FAILURE);
	ret = write_side(run, name, what, out, &err);
	if (!ret && fflush(out))
		ret = -EPIPE;
	/* After -EPIPE, the process that reads has said why it ended. */
	if (ret < 0 && ret != -EPIPE && ret != -EINTR)
		report_error("%s", err.text);
	_exit(ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

int diff_side_start(const struct run *run, const char *name, unsigned int what,
		    FILE *other, struct diff_side *ret_side,
		    struct lkl_error *err)
{
	int fds[2];
	pid_t process;
	FILE *in;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot make a pipe: %s",
				 strerror(errno));
	fflush(stdout);
	in = fdopen(fds[0], "r");
	process = in ? fork() : -1;
	if (process < 0) {
		close(fds[1]);
		if (in)
			fclose(in);
		else
			close(fds[0]);
		return error_set(err, -EAGAIN, "cannot start a process");
	}
	if (!process) {
		close(fds[0]);
		if (other)
			close(fileno(other));
		run_side(run, name, what, fds[1]);
	}
	close(fds[1]);
	*ret_side = (struct diff_side){ name, process, in };
	return 0;
}

bool diff_side_end(struct diff_side *side)
{
	int status = 0;

	fclose(side->in);
	while (waitpid(side->process, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return !status;
}
