// SPDX-License-Identifier: GPL-2.0-only
/*
 * transport-ptrace.c - calls get here by ptrace: the filter stops the caller before the
 * call (SECCOMP_RET_TRACE), and the answer is written into its registers.
 *
 * The caller receives descriptors with calls that it makes for us (guest.h).
 *
 * Only the thread that traces may use ptrace: answers of others are posted to it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "common/cli/report.h"
#include "common/error.h"
#include "filter.h"
#include "guest.h"
#include "object.h"
#include "process.h"
#include "serve.h"

#ifndef PTRACE_GET_SYSCALL_INFO
#define PTRACE_GET_SYSCALL_INFO 0x420e
#endif
/* What PTRACE_GET_SYSCALL_INFO gives at a stop by the filter, where op is this. */
#define INFO_SECCOMP 3
struct syscall_info {
	uint8_t op;
	uint32_t arch __attribute__((aligned(4)));
	uint64_t instruction, stack;
	uint64_t nr, args[6];
	uint32_t data;
};

static uint64_t last_id;

/* ---- Answers of other threads ---- */

struct posted {
	struct call call;
	int fd;				/* to give, or -1 */
	unsigned int flags;
	long result;
	struct posted *next;
};

static pthread_t tracer;
static int event = -1;
static pthread_mutex_t posted_lock = PTHREAD_MUTEX_INITIALIZER;
static struct posted *first_posted;	/* under posted_lock */

static bool is_tracer(void)
{
	return pthread_equal(pthread_self(), tracer);
}

/* Takes @fd, also if it fails. */
static int post(const struct call *call, int fd, unsigned int flags,
		long result)
{
	struct posted *posted = malloc(sizeof(*posted));
	const uint64_t one = 1;

	if (!posted) {
		if (fd >= 0)
			close(fd);
		return -ENOMEM;
	}
	*posted = (struct posted){ *call, fd, flags, result, NULL };
	pthread_mutex_lock(&posted_lock);
	posted->next = first_posted;
	first_posted = posted;
	pthread_mutex_unlock(&posted_lock);
	/* It cannot be full. */
	return write(event, &one, sizeof(one)) == sizeof(one) ? 0 : -errno;
}

/* The task that waits for the answer to a call, or NULL. */
static struct task *find_waiting(const struct call *call)
{
	struct task *task = task_find(call->tid);

	return task && task->request == call->id ? task : NULL;
}

/* ---- Answers ---- */

/* 0, or -ESRCH: it is not there any more. */
static int write_result(const struct task *task, const struct call *call,
			long result)
{
	struct user_regs_struct registers;
	int ret = guest_read(task, call, &registers);

	if (ret < 0 || result == CALL_CONTINUE)
		return ret;
	registers_set_result(&registers, result);
	return registers_write(task->tid, &registers, -1);
}

static void ptrace_answer(const struct call *call, long result)
{
	struct task *task;

	if (!is_tracer()) {
		if (post(call, -1, 0, result) < 0)
			kill(call->tid, SIGKILL);
		return;
	}
	task = find_waiting(call);
	if (!task)
		return;
	task->request = 0;
	if (!guest_end(call, result) && write_result(task, call, result) < 0)
		return;
	ptrace(PTRACE_CONT, task->tid, 0, 0);
}

static int ptrace_add(const struct call *call, int fd, unsigned int flags)
{
	struct task *task = find_waiting(call);

	return task ? guest_add(task, call, fd, flags) : -ESRCH;
}

static int ptrace_give(const struct call *call, int fd, unsigned int flags)
{
	int ret;

	if (!is_tracer()) {
		ret = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		return ret < 0 ? -errno : post(call, ret, flags, 0);
	}
	ret = ptrace_add(call, fd, flags);
	if (ret < 0)
		return ret;
	ptrace_answer(call, ret);
	return 0;
}

static void handle_posted(const struct posted *posted)
{
	int ret;

	if (posted->fd < 0) {
		ptrace_answer(&posted->call, posted->result);
		return;
	}
	ret = ptrace_give(&posted->call, posted->fd, posted->flags);
	close(posted->fd);
	if (ret < 0 && ret != -ESRCH)
		ptrace_answer(&posted->call, ret);
}

static void ptrace_receive(void)
{
	struct posted *posted, *next;
	uint64_t count;

	if (read(event, &count, sizeof(count)) != sizeof(count))
		return;
	pthread_mutex_lock(&posted_lock);
	posted = first_posted;
	first_posted = NULL;
	pthread_mutex_unlock(&posted_lock);
	for (; posted; posted = next) {
		next = posted->next;
		handle_posted(posted);
		free(posted);
	}
}

/* ---- Requests ---- */

static bool ptrace_stopped(struct task *task)
{
	struct call call = { .tid = task->tid };
	struct syscall_info info = { 0 };
	static bool told;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof(info), &info) <=
	    0) {
		/* It has ended; perhaps its process goes on and executes a program. */
		if (errno == ESRCH)
			return true;
		if (!told)
			report_error("the host does not tell which call a process makes (PTRACE_GET_SYSCALL_INFO): %s",
				     strerror(errno));
		told = true;
		kill(task->tid, SIGKILL);
		return true;
	}
	/* Another thread has its number now, and has executed a program. */
	if (info.op != INFO_SECCOMP)
		return true;
	call.nr = (int)info.nr;
	memcpy(call.args, info.args, sizeof(call.args));
	/* A filter of the program's own may stop calls, too. */
	if (!filter_stops(call.nr, info.arch, call.args))
		return false;
	call.id = task->request = ++last_id;
	objects_drain();
	serve_call(&call, info.arch);
	return true;
}

static int ptrace_begin(int listener, struct lkl_error *err)
{
	(void)listener;
	tracer = pthread_self();
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return event < 0 ? error_set(err, -errno, "cannot make an eventfd: %s",
				     strerror(errno)) : 0;
}

static int ptrace_descriptor(void)
{
	return event;
}

const struct transport transport_ptrace = {
	.begin = ptrace_begin,
	.descriptor = ptrace_descriptor,
	.receive = ptrace_receive,
	.stopped = ptrace_stopped,
	.answer = ptrace_answer,
	.give = ptrace_give,
	.add = ptrace_add,
};
