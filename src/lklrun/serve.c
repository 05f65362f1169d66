// SPDX-License-Identifier: GPL-2.0-only
/*
 * serve.c - the loop that answers the program until it ends.
 *
 * One thread has all state: it answers calls, follows processes, and writes changes to
 * the image.  Threads that wait for the disk or for another program do nothing else, and
 * answer by themselves: sync-later.c, special.c, calls-sockets.c, calls-messages.c.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "common/cli/report.h"
#include "common/error.h"
#include "common/image/session.h"
#include "exec.h"
#include "files.h"
#include "filter.h"
#include "inotify.h"
#include "object.h"
#include "process.h"
#include "signals.h"
#include "table.h"
#include "trace.h"
#include "transport.h"

static bool is_verbose;

void serve_init(bool verbose)
{
	is_verbose = verbose;
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

/* A call of a 32-bit program: the program is killed, with a message. */
static long refuse_architecture(const struct call *call)
{
	static bool told;

	if (!told)
		report_error("killed process %d: programs of another architecture, such as 32-bit programs, are not supported",
			     call->tid);
	told = true;
	kill(call->tid, SIGKILL);
	return -ENOSYS;
}

static long dispatch(struct call *call, uint32_t arch)
{
	if (!filter_is_native(call->nr, arch))
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

void serve_call(struct call *call, uint32_t arch)
{
	struct task *task = task_find(call->tid);
	long result = -ENOSYS;

	call->process = task ? task->process : NULL;
	if (call->process)
		result = dispatch(call, arch);
	if (task)
		task->continued = result == CALL_CONTINUE ? call->nr : -1;
	if (task && result == CALL_CONTINUE)
		memcpy(task->args, call->args, sizeof(task->args));
	if (result != CALL_ANSWERED)
		call_answer(call, result);
}

static int wait_for_any(struct pollfd *fds, unsigned int n, int timeout)
{
	int ret = transport()->wait ? transport()->wait(fds, n, timeout) :
		poll(fds, n, timeout);

	return ret < 0 && errno != EINTR ? -errno : 0;
}

int serve_loop(pid_t first, struct lkl_error *err)
{
	struct pollfd fds[] = {
		{ .fd = transport()->descriptor(), .events = POLLIN },
		{ .fd = objects_fd(), .events = POLLIN },
		{ .fd = signals_fd(), .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
	};
	enum trace_result result = TRACE_NO_MORE;
	int status, timeout = -1, other, ret;
	bool more = false;

	for (;;) {
		fds[3].fd = inotify_fd();
		ret = wait_for_any(fds, sizeof(fds) / sizeof(*fds),
				   more ? 0 : timeout);
		if (ret < 0)
			return error_set(err, ret, "cannot wait: %s",
					 strerror(-ret));
		if (fds[2].revents && signals_read(first))
			more = true;
		if (more)
			result = trace_handle(first, &status);
		if (result == TRACE_ENDED)
			return status;
		if (fds[1].revents & POLLIN)
			objects_drain();
		if (fds[0].revents & POLLIN)
			transport()->receive();
		else if (fds[0].revents)
			fds[0].fd = -1;	/* nobody has the filter any more */
		more = result == TRACE_MORE || trace_has_kept();
		timeout = files_tick();
		other = inotify_tick();
		if (timeout < 0 || (other >= 0 && other < timeout))
			timeout = other;
		if (session_panic())
			return error_set(err, -EIO, "the kernel panicked: %s",
					 session_panic());
	}
}
