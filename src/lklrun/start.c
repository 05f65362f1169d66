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
#include "transport.h"

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

/* What the child tells of its filter. */
struct installed {
	int error;			/* -errno: it has none */
	int listener;			/* -1: calls stop by ptrace */
	int refused;			/* of the notifications: -errno, or 0 */
};

static void install_filter(enum start_catch how, struct installed *ret)
{
	int fd;

	*ret = (struct installed){ .listener = -1 };
	if (how != CATCH_PTRACE) {
		fd = filter_install(true);
		if (fd >= 0) {
			ret->listener = fd;
			return;
		}
		ret->refused = fd;
		if (how == CATCH_NOTIFY) {
			ret->error = fd;
			return;
		}
	}
	ret->error = filter_install(false);
}

/* In the child.  @report: where struct installed goes. */
static _Noreturn void run_child(char **program, const char *directory,
				enum start_catch how, int report, int wait)
{
	struct installed installed = { .listener = -1 };
	char go;

	/* Die with lklrun, if that ends before it traces this process. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	installed.error = drop_capabilities();
	if (!installed.error)
		install_filter(how, &installed);
	if (write(report, &installed, sizeof(installed)) != sizeof(installed) ||
	    installed.error < 0 || read(wait, &go, 1) != 1)
		_exit(START_NOT_EXECUTABLE);
	prctl(PR_SET_PDEATHSIG, 0);
	signals_restore();
	if (go == GO_AS_ROOT)
		add_root_path();
	/* As any call of the program: of the image, or of the host. */
	if (directory && chdir(directory)) {
		report_error("cannot work in %s: %s", quote_name(directory),
			     strerror(errno));
		_exit(START_FAILED);
	}
	execvp(program[0], program);
	report_error("%s: %s", quote_name(program[0]), strerror(errno));
	_exit(errno == ENOENT ? START_NOT_FOUND : START_NOT_EXECUTABLE);
}

const char *start_explain(int refused)
{
	if (refused == -EINVAL || refused == -ENOSYS)
		return "the host lacks seccomp user notification as in Linux 5.19";
	if (refused == -EBUSY)
		return "a seccomp filter with user notification is there already";
	return "the host refuses seccomp user notification";
}

static int explain_filter(enum start_catch how, int code, struct lkl_error *err)
{
	if (how == CATCH_NOTIFY &&
	    (code == -EINVAL || code == -ENOSYS || code == -EBUSY))
		return error_set(err, code, "%s; --catch=ptrace needs none",
				 start_explain(code));
	return error_set(err, code, "cannot filter system calls: %s",
			 strerror(-code));
}

/* A copy of a descriptor of the child's. */
static int take_descriptor(pid_t pid, int fd)
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

int start_child(char **program, const char *directory, enum start_catch how,
		struct child *ret_child, struct lkl_error *err)
{
	struct installed installed = { .error = -EPIPE };
	int report[2], go[2], ret;
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
		run_child(program, directory, how, report[1], go[0]);
	}
	close(report[1]);
	if (read(report[0], &installed, sizeof(installed)) != sizeof(installed))
		installed.error = -EPIPE;
	close(report[0]);
	if (installed.error < 0) {
		ret = explain_filter(how, installed.error, err);
	} else {
		/* By ptrace it shows only that the host allows it. */
		ret = take_descriptor(pid, installed.listener < 0 ? go[0] :
				      installed.listener);
		if (ret < 0)
			error_set(err, ret,
				  "cannot get descriptors of the program with pidfd_getfd: %s",
				  strerror(-ret));
	}
	close(go[0]);
	if (ret < 0) {
		close(go[1]);
		waitpid(pid, NULL, 0);
		return ret;
	}
	*ret_child = (struct child){
		.pid = pid, .transport = &transport_notify, .listener = ret,
		.refused = installed.refused, .go = go[1],
	};
	if (installed.listener < 0) {
		close(ret);
		ret_child->listener = -1;
		ret_child->transport = &transport_ptrace;
	}
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
