// SPDX-License-Identifier: GPL-2.0-only
/*
 * start.c - starts the program, stopped by the filter.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/capability.h>

#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "filter.h"
#include "signals.h"

/* Written to struct child's go. */
#define GO		'g'
#define GO_AS_ROOT	'r'

/*
 * lklrun has no capabilities in its sandbox, and a tracer without them cannot trace a
 * process with some.  So the program gets none.  Root of the host still owns root's
 * files.
 */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct data[2] = { { 0 } };

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/* Whether @list, of folders and colons, has @folder. */
static bool path_list_has(const char *list, const char *folder)
{
	size_t len = strlen(folder), n;

	for (;; list += n + 1) {
		n = strcspn(list, ":");
		if (n == len && !memcmp(list, folder, n))
			return true;
		if (!list[n])
			return false;
	}
}

/*
 * Add root's folders to PATH: that of an ordinary user lacks them, and dpkg(1) refuses
 * to work without.
 */
static void add_root_path(void)
{
	static const char *const wanted[] = {
		"/usr/local/sbin", "/usr/sbin", "/sbin",
	};
	const char *old;
	char *path;
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		old = getenv("PATH");
		if (!old || path_list_has(old, wanted[i]))
			continue;
		if (asprintf(&path, "%s%s%s", old, *old ? ":" : "",
			     wanted[i]) < 0)
			return;
		setenv("PATH", path, 1);
		free(path);
	}
}

/* In the child.  @report: where the number of the listener, or -errno, goes. */
static _Noreturn void run(char **program, int report, int wait)
{
	int listener;
	char go;

	/* Die with lklrun, if that ends before it traces this process. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	listener = drop_capabilities();
	if (!listener)
		listener = filter_install();
	if (write(report, &listener, sizeof(listener)) != sizeof(listener) ||
	    listener < 0 || read(wait, &go, 1) != 1)
		_exit(START_NOT_EXECUTABLE);
	prctl(PR_SET_PDEATHSIG, 0);
	signals_restore();
	if (go == GO_AS_ROOT)
		add_root_path();
	execvp(program[0], program);
	report_error("%s: %s", quote_name(program[0]), strerror(errno));
	_exit(errno == ENOENT ? START_NOT_FOUND : START_NOT_EXECUTABLE);
}

static int explain(int code, struct lkl_error *err)
{
	if (code == -EINVAL || code == -ENOSYS)
		return error_set(err, code,
				 "lklrun needs seccomp user notification as in Linux 5.19, which the host lacks");
	if (code == -EBUSY)
		return error_set(err, code,
				 "lklrun cannot run in lklrun, or in a container with seccomp user notification: there can be only one such filter");
	return error_set(err, code, "cannot filter system calls: %s",
			 strerror(-code));
}

/* The child's descriptor of the listener. */
static int take_listener(pid_t pid, int fd)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int ret = -errno;

	if (pidfd < 0)
		return ret;
	ret = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (ret < 0)
		ret = -errno;
	close(pidfd);
	return ret;
}

int start_child(char **program, struct child *ret_child, struct lkl_error *err)
{
	int report[2], go[2], listener = -EPIPE;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		return error_set(err, -errno, "cannot make a pipe: %s",
				 strerror(errno));
	pid = fork();
	if (pid < 0)
		return error_set(err, -errno, "cannot make a process: %s",
				 strerror(errno));
	if (!pid) {
		close(go[1]);
		run(program, report[1], go[0]);
	}
	close(report[1]);
	close(go[0]);
	if (read(report[0], &listener, sizeof(listener)) != sizeof(listener))
		listener = -EPIPE;
	close(report[0]);
	if (listener < 0) {
		listener = explain(listener, err);
	} else {
		listener = take_listener(pid, listener);
		if (listener < 0)
			error_set(err, listener,
				  "lklrun cannot get descriptors of the program with pidfd_getfd: %s",
				  strerror(-listener));
	}
	if (listener < 0) {
		close(go[1]);
		waitpid(pid, NULL, 0);
		return listener;
	}
	*ret_child = (struct child){ pid, listener, go[1] };
	return 0;
}

void start_go(struct child *child, bool as_root)
{
	const char go = as_root ? GO_AS_ROOT : GO;

	if (write(child->go, &go, 1) != 1)
		kill(child->pid, SIGKILL);
	close(child->go);
	child->go = -1;
}
