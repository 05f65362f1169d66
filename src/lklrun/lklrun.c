// SPDX-License-Identifier: GPL-2.0-only
/*
 * lklrun.c - runs a program on the files of an image.
 *
 * This file has the order of start and end, which matters:
 *
 * 1. Open the image.  Fork the program's first process, which filters its calls and
 *    waits.  lklrun cannot fork later, in its sandbox.
 * 2. Enter the sandbox; mount the image inside.
 * 3. Trace the program, let it go, and answer its calls until it ends.
 * 4. Kill what is left of it.  Write its files to the image, unmount, close.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lkl.h>

#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "common/image/session.h"
#include "common/image/watchdog.h"
#include "common/library-file.h"
#include "common/standard-descriptors.h"
#include "common/tree/file-calls.h"
#include "arguments.h"
#include "exec.h"
#include "files.h"
#include "inotify.h"
#include "memory-limit.h"
#include "object.h"
#include "process.h"
#include "resolve.h"
#include "sandbox-run.h"
#include "serve.h"
#include "signals.h"
#include "start.h"
#include "sync-later.h"
#include "table.h"
#include "trace.h"
#include "transport.h"

#define LOADER		"lklrun-exec"
#define DEFAULT_AT	"/mnt"

/* Does the image hold a system, so that programs in it can run? */
static bool has_system(void)
{
	static const char *const signs[] = {
		"/bin/sh", "/usr/bin/sh", "/bin/busybox", "/sbin/init",
		"/usr/lib/os-release", "/etc/os-release",
	};
	struct lkl_statx st;
	size_t i;

	for (i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (!lkl_sys_statx(LKL_AT_FDCWD, signs[i],
				   LKL_AT_SYMLINK_NOFOLLOW, LKL_STATX_TYPE,
				   &st))
			return true;
	return false;
}

/* Sessions mount noexec; with that, access() would deny the right to execute. */
static int allow_execution(int root, struct lkl_error *err)
{
	struct lkl_mount_attr attr = { .attr_clr = LKL_MOUNT_ATTR_NOEXEC };
	int ret = (int)lkl_sys_mount_setattr(root, "", LKL_AT_EMPTY_PATH |
					     LKL_AT_RECURSIVE, &attr,
					     sizeof(attr));

	if (ret < 0)
		return error_set(err, ret, "cannot change the mount: %s",
				 lkl_strerror(ret));
	return 0;
}

/* Show a folder of the host if the image has a directory of that name. */
static int add_host_folder(struct arguments *arguments, const char *path)
{
	int ret = arguments_add_bind(arguments, path, path, false);

	if (!ret)
		arguments->binds[arguments->n_binds - 1].optional = true;
	return ret;
}

/* A user who gave no --at does not know why the image is at @at. */
static int explain_place(const char *at, struct lkl_error *err)
{
	struct lkl_error reason = *err;

	return error_set(err, -EINVAL,
			 "%s (the image holds no system, so it is at %s: see --at)",
			 reason.text, at);
}

/* The image is mounted and is the root inside; @root_fd is a descriptor of that. */
static int prepare_program(struct arguments *arguments, struct child *child,
			   int root_fd, uint32_t mask, struct lkl_error *err)
{
	bool root = arguments->root || (!arguments->at && has_system());
	const char *at = root ? NULL :
		arguments->at ? arguments->at : DEFAULT_AT;
	char *here = NULL;
	int ret;

	if (arguments->confine && !root)
		return error_set(err, -EINVAL,
				 "the image holds no system: with --confine it has to be the program's root directory (--root)");
	ret = allow_execution(root_fd, err);
	if (ret < 0)
		return ret;
	if (root && (add_host_folder(arguments, "/proc") ||
		     add_host_folder(arguments, "/dev")))
		return error_no_memory(err);
	if (!root)
		here = getcwd(NULL, 0);
	ret = resolve_init(root_fd, arguments->binds, arguments->n_binds, at, err);
	if (ret == -EINVAL && at && !arguments->at)
		ret = explain_place(at, err);
	if (!ret)
		ret = process_start(child->pid, arguments->fake_root ||
				    (root && !arguments->real_user),
				    here ? here : "/", mask, err);
	free(here);
	return ret;
}

/* After resolve_end(): a program may have changed the root directory inside. */
static int sync_image(const struct session *session, struct lkl_error *err)
{
	int fd = (int)lkl_sys_openat(LKL_AT_FDCWD, "/", LKL_O_RDONLY |
				     LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	int ret = fd, below;

	if (fd >= 0) {
		ret = (int)lkl_sys_syncfs(fd);
		lkl_sys_close((unsigned int)fd);
	}
	below = session_sync_below(session);
	if (ret >= 0)
		ret = below;
	if (ret < 0)
		return error_set(err, ret,
				 "cannot write everything to the image: %s",
				 lkl_strerror(ret));
	return 0;
}

/* Returns the status of the program as wait() has it, or -errno. */
static int run_mounted(struct arguments *arguments, struct child *child,
		       int root_fd, uint32_t mask, struct lkl_error *err)
{
	int status, ret;

	ret = prepare_program(arguments, child, root_fd, mask, err);
	if (!ret)
		ret = trace_begin(child->pid, err);
	if (ret < 0) {
		kill(child->pid, SIGKILL);
		trace_kill_all();
		return ret;
	}
	start_go(child, process_has_fake_root());
	status = serve_loop(child->pid, err);
	trace_kill_all();
	sync_later_end();
	inotify_end();
	process_act_as(NULL);
	objects_end();
	ret = files_end(err);
	return ret < 0 ? ret : status;
}

static int run_in_image(struct arguments *arguments, struct session *session,
			struct child *child, uint32_t mask,
			struct lkl_error *err)
{
	struct lkl_error leave_err;
	int status, ret, root_fd = -1;

	ret = image_enter(session_root(session), err);
	if (!ret) {
		root_fd = (int)lkl_sys_openat(LKL_AT_FDCWD, "/", LKL_O_PATH |
					      LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
		if (root_fd < 0)
			ret = error_set(err, root_fd,
					"cannot open the root directory: %s",
					lkl_strerror(root_fd));
	}
	if (ret < 0) {
		kill(child->pid, SIGKILL);
		return ret;
	}
	status = run_mounted(arguments, child, root_fd, mask, err);
	resolve_end();
	lkl_sys_close((unsigned int)root_fd);
	if (session_panic())
		return status < 0 ? status :
			error_set(err, -EIO, "the kernel panicked: %s",
				  session_panic());
	if (status >= 0 && !arguments->read_only) {
		ret = sync_image(session, err);
		if (ret < 0)
			status = ret;
	}
	ret = image_leave(&leave_err);
	if (ret < 0 && status >= 0) {
		*err = leave_err;
		return ret;
	}
	return status;
}

static void raise_limits(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void tell_transport(const struct child *child)
{
	if (child->transport == &transport_notify)
		report_line("calls: by seccomp user notification");
	else if (child->refused)
		report_line("calls: by ptrace: %s",
			    start_explain(child->refused));
	else
		report_line("calls: by ptrace");
}

/* Returns as run_mounted(). */
static int run_program(struct arguments *arguments, struct session *session,
		       struct lkl_error *err)
{
	struct child child;
	uint32_t mask;
	char *loader;
	int ret;

	ret = library_file_find(LOADER, "../" LOADER, &loader, err);
	if (!ret)
		ret = signals_init(err);
	if (!ret)
		ret = exec_init(loader, err);
	if (!ret)
		ret = objects_init(err);
	if (!ret)
		ret = sandbox_run_confine(arguments, loader, err);
	if (!ret)
		ret = start_child(arguments->program, arguments->directory,
				  arguments->how_to_catch, &child, err);
	if (ret < 0)
		return ret;
	/* Handlers apply the umask of the process that calls. */
	mask = umask(0);
	raise_limits();
	files_init(arguments->common.verbose);
	memory_limit_init(arguments->file_memory);
	serve_init(arguments->common.verbose);
	transport_use(child.transport);
	if (arguments->common.verbose)
		tell_transport(&child);
	ret = transport()->begin(child.listener, err);
	if (!ret)
		ret = sandbox_run_enter(session, err);
	if (!ret)
		ret = session_mount(session, err);
	if (ret < 0) {
		kill(child.pid, SIGKILL);
		return ret;
	}
	return run_in_image(arguments, session, &child, mask, err);
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
		WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct lkl_error err = { "" };
	struct watchdog watchdog = { 0 };
	struct arguments arguments;
	struct session *session;
	int ret, status;

	standard_descriptors_fill();
	report_init("lklrun");
	ret = arguments_parse(argc, argv, &arguments, &err);
	if (ret == 0)
		return 0;
	if (ret < 0) {
		report_usage_error(err.text);
		return START_FAILED;
	}
	report_set_quiet(arguments.common.quiet);
	watchdog.image = arguments.image;
	watchdog_set(&watchdog);
	table_init();
	signals_remember();
	/* Daemons become children of lklrun, which ends them. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	ret = session_prepare(arguments.image, &arguments.common,
			      arguments.read_only ? SESSION_READ_ONLY : 0,
			      &session, &err);
	if (ret < 0) {
		report_error("%s", err.text);
		arguments_free(&arguments);
		return START_FAILED;
	}
	status = run_program(&arguments, session, &err);
	if (status < 0)
		report_error("%s", err.text);
	ret = session_close(session, &err);
	if (ret < 0 && !session_panic())
		report_error("%s", err.text);
	arguments_free(&arguments);
	return status < 0 || ret < 0 ? START_FAILED : exit_status(status);
}
