// SPDX-License-Identifier: GPL-2.0-only
/*
 * notify.c - the loop that answers the program until it ends.
 *
 * One thread does everything: it answers calls, follows processes, and writes
 * back.  It blocks only in ppoll().
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "notify.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "common/cli/report.h"
#include "common/error.h"
#include "common/image/session.h"
#include "exec.h"
#include "files.h"
#include "filter.h"
#include "object.h"
#include "process.h"
#include "signals.h"
#include "table.h"
#include "trace.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1ul << 0)
#endif

static int listener = -1;
static bool is_verbose;
/* The structures may be larger than those of the headers. */
static struct seccomp_notif *request;
static size_t request_size;

#define RESPONSE_MAX 256

int notify_fd(void)
{
	return listener;
}

int notify_init(int fd, bool verbose, struct lkl_error *err)
{
	struct seccomp_notif_sizes sizes;

	listener = fd;
	is_verbose = verbose;
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes))
		return error_set(err, -errno,
				 "the host has no seccomp user notification, which lklrun needs: %s",
				 strerror(errno));
	request_size = sizes.seccomp_notif > sizeof(*request) ?
		sizes.seccomp_notif : sizeof(*request);
	request = calloc(1, request_size);
	if (!request)
		return error_no_memory(err);
	if (sizes.seccomp_notif_resp > RESPONSE_MAX)
		return error_set(err, -E2BIG,
				 "the host's seccomp user notification is newer than lklrun");
	/* Since Linux 6.6; without it answers only take longer. */
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
	      SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	return 0;
}

long call_unsupported(const struct call *call, long error)
{
	static bool told[1024];

	if (is_verbose && call->nr >= 0 && call->nr < 1024 && !told[call->nr]) {
		told[call->nr] = true;
		report_warning("%s is not supported: it fails with %s",
			       call->entry ? call->entry->name : "a system call",
			       strerror((int)-error));
	}
	return error;
}

/* A call of a 32-bit program. */
static long refuse_architecture(const struct call *call)
{
	static bool told;

	if (!told)
		report_error("process %d makes system calls of another architecture, as 32-bit programs do: they are not supported",
			     call->tid);
	told = true;
	kill(call->tid, SIGKILL);
	return -ENOSYS;
}

static bool is_native(const struct seccomp_data *data)
{
#ifdef __x86_64__
	return data->arch == AUDIT_ARCH_X86_64 && !(data->nr & 0x40000000);
#else
	return data->arch == AUDIT_ARCH_AARCH64;
#endif
}

static long dispatch(struct call *call)
{
	if (!is_native(&request->data))
		return refuse_architecture(call);
	if (call->nr == FILTER_LOADER_CALL)
		return exec_answer_loader(call);
	call->entry = table_find(call->nr);
	if (!call->entry)
		return CALL_CONTINUE;
	if (call->entry->kind == CALL_REFUSE)
		return call_unsupported(call, -call->entry->error);
	process_act_as(call->process);
	return call->entry->handle(call);
}

void notify_answer(const struct call *call, long result)
{
	union {
		struct seccomp_notif_resp response;
		char space[RESPONSE_MAX];
	} buf;

	memset(&buf, 0, sizeof(buf));
	buf.response.id = call->id;
	if (result == CALL_CONTINUE)
		buf.response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else if (call_failed(result))
		buf.response.error = (int)result;
	else
		buf.response.val = result;
	/* ENOENT: the caller is gone. */
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &buf);
}

static void handle_request(void)
{
	struct call call = { 0 };
	struct task *task;
	long result;

	memset(request, 0, request_size);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, request))
		return;
	task = task_find((pid_t)request->pid);
	call.id = request->id;
	call.tid = (pid_t)request->pid;
	call.nr = request->data.nr;
	memcpy(call.args, request->data.args, sizeof(call.args));
	call.process = task ? task->process : NULL;
	result = call.process ? dispatch(&call) : -ENOSYS;
	if (result != CALL_ANSWERED)
		notify_answer(&call, result);
}

int notify_loop(pid_t first, struct lkl_error *err)
{
	struct pollfd fds[] = {
		{ .fd = listener, .events = POLLIN },
		{ .fd = objects_fd(), .events = POLLIN },
		{ .fd = signals_fd(), .events = POLLIN },
	};
	int status, timeout = -1;

	for (;;) {
		if (poll(fds, sizeof(fds) / sizeof(*fds), timeout) < 0 &&
		    errno != EINTR)
			return error_set(err, -errno, "cannot wait: %s",
					 strerror(errno));
		if (fds[2].revents && signals_read(first) &&
		    trace_handle(first, &status))
			return status;
		if (fds[1].revents & POLLIN)
			objects_drain();
		if (fds[0].revents & POLLIN)
			handle_request();
		else if (fds[0].revents)
			fds[0].fd = -1;	/* nobody has the filter any more */
		timeout = files_tick();
		if (session_panic())
			return error_set(err, -EIO, "the kernel panicked: %s",
					 session_panic());
	}
}
