// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace.c - follows the program's processes with ptrace: new ones, exec, the end.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "trace.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/sched.h>

#include "common/error.h"
#include "exec.h"
#include "filter.h"
#include "process.h"
#include "registers.h"
#include "transport.h"

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif

#define OPTIONS (PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | \
		 PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD)

/* So many are handled before there is a look at other events. */
#define BATCH	32

/* ---- What waitpid() tells ---- */

/* Statuses that came while another thread was awaited. */
static struct event {
	pid_t tid;		/* 0: not true any more */
	int status;
} *kept;
static unsigned int n_kept, first_kept, max_kept;

static void keep(pid_t tid, int status)
{
	struct event *more;
	unsigned int i;

	/* The stops before its end, or before another thread took its number. */
	if (!WIFSTOPPED(status) || status >> 16 == PTRACE_EVENT_EXEC)
		for (i = first_kept; i < n_kept; i++)
			if (kept[i].tid == tid)
				kept[i].tid = 0;
	if (first_kept && n_kept == max_kept) {
		n_kept -= first_kept;
		memmove(kept, kept + first_kept, n_kept * sizeof(*kept));
		first_kept = 0;
	}
	if (n_kept == max_kept) {
		more = realloc(kept, (max_kept + 64) * sizeof(*kept));
		if (!more) {
			/* No memory: at least nothing hangs. */
			kill(tid, SIGKILL);
			return;
		}
		kept = more;
		max_kept += 64;
	}
	kept[n_kept++] = (struct event){ tid, status };
}

static bool take_kept(struct event *event)
{
	while (first_kept < n_kept) {
		*event = kept[first_kept++];
		if (event->tid)
			return true;
	}
	first_kept = n_kept = 0;
	return false;
}

bool trace_has_kept(void)
{
	return first_kept != n_kept;
}

bool trace_await(pid_t tid, int *ret_status)
{
	pid_t found;

	for (;;) {
		/*
		 * All threads: that of the first one of a process is told only after the
		 * others were.
		 */
		found = waitpid(-1, ret_status, __WALL);
		if (found < 0 && errno == EINTR)
			continue;
		if (found < 0)
			return false;
		if (found == tid && WIFSTOPPED(*ret_status) &&
		    *ret_status >> 16 != PTRACE_EVENT_EXEC)
			return true;
		keep(found, *ret_status);
		if (found == tid)
			return false;
	}
}

/* ---- The beginning ---- */

/* A process has one tracer at most: it may have one already. */
static bool is_traced(pid_t pid)
{
	char path[32], line[128];
	bool traced = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	while (file && !traced && fgets(line, sizeof(line), file))
		traced = !strncmp(line, "TracerPid:", 10) && atoi(line + 10);
	if (file)
		fclose(file);
	return traced;
}

int trace_begin(pid_t pid, struct lkl_error *err)
{
	/* The child has the same memory at this address, since it was forked. */
	static const char probe = 1;
	struct call call = { .tid = pid };
	char byte;

	if (ptrace(PTRACE_SEIZE, pid, 0, OPTIONS)) {
		int error = errno;

		if (is_traced(pid))
			return error_set(err, -EPERM,
					 "cannot run in lklrun or below a debugger that follows children: the program is traced already, and can have one tracer only");
		return error_set(err, -error,
				 "cannot trace the program with ptrace: %s",
				 strerror(error));
	}
	if (call_read(&call, (uintptr_t)&probe, &byte, 1))
		return error_set(err, -EPERM,
				 "cannot read the memory of the program: the host refuses process_vm_readv");
	return 0;
}

static void resume(pid_t tid, int signal)
{
	/* ESRCH: killed meanwhile. */
	ptrace(PTRACE_CONT, tid, 0, signal);
}

/* The flags of the clone() that @task is in. */
static uint64_t clone_flags(const struct task *task)
{
	struct user_regs_struct registers;

	/* Not that of fork() or vfork(); clone3() is refused. */
	if (registers_read(task->tid, &registers) ||
	    registers_nr(&registers) != SYS_clone)
		return 0;
	return registers_argument(&registers, 0);
}

/* A new thread or process waits for its first run. */
static void handle_new(struct task *parent)
{
	struct process *process = NULL;
	unsigned long message = 0;
	struct task *task;
	uint64_t flags;
	pid_t tid;

	if (ptrace(PTRACE_GETEVENTMSG, parent->tid, 0, &message) || !message)
		return;
	tid = (pid_t)message;
	flags = clone_flags(parent);
	process = flags & CLONE_THREAD ? parent->process :
		process_fork(parent->process, tid, flags & CLONE_FS);
	task = task_find(tid);
	if (!process) {
		/* No memory for it. */
		kill(tid, SIGKILL);
		return;
	}
	if (!task) {
		task_new(tid, process);
		return;
	}
	task->process = process;
	process->users++;
	if (task->stopped)
		resume(tid, 0);
	task->stopped = false;
}

/* The thread that called exec has the number of the first thread now. */
static void handle_exec(struct task *task)
{
	unsigned long message = 0;
	struct task *former;

	ptrace(PTRACE_GETEVENTMSG, task->tid, 0, &message);
	former = (pid_t)message == task->tid ? NULL :
		task_find((pid_t)message);
	if (former)
		task_end(former);
	/* The first thread's, which is gone. */
	task->request = 0;
	exec_done(task->process);
}

/*
 * A signal interrupts a call that waits for this process and was not received yet.  Calls
 * on files know no EINTR, so the call is made once more.  One that the host does, as it was
 * told, may wait for something else: that is left to the host.
 */
static void keep_call(const struct task *task)
{
	struct user_regs_struct registers;
	uint64_t args[6];
	unsigned int i;
	int nr;

	if (transport()->stopped || registers_read(task->tid, &registers) ||
	    !registers_restart(&registers))
		return;
	nr = registers_nr(&registers);
	for (i = 0; i < 6; i++)
		args[i] = registers_argument(&registers, i);
	if (!filter_stops(nr, FILTER_ARCH, args) ||
	    (nr == task->continued && !memcmp(args, task->args, sizeof(args))))
		return;
	registers_write(task->tid, &registers, nr);
}

static void handle_stop(struct task *task, int status)
{
	int signal = WSTOPSIG(status);

	switch (status >> 16) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		handle_new(task);
		resume(task->tid, 0);
		return;
	case PTRACE_EVENT_EXEC:
		handle_exec(task);
		resume(task->tid, 0);
		return;
	case PTRACE_EVENT_SECCOMP:
		if (transport()->stopped && transport()->stopped(task))
			return;
		exec_begin(task);
		resume(task->tid, 0);
		return;
	case PTRACE_EVENT_STOP:
		/* A signal such as SIGTSTP has stopped it: leave it stopped. */
		if (signal != SIGTRAP)
			ptrace(PTRACE_LISTEN, task->tid, 0, 0);
		else
			resume(task->tid, 0);
		return;
	}
	keep_call(task);
	resume(task->tid, signal);
}

static void handle_status(pid_t tid, int status)
{
	struct task *task = task_find(tid);

	if (!WIFSTOPPED(status)) {
		if (task)
			task_end(task);
		return;
	}
	if (task && task->process) {
		handle_stop(task, status);
		return;
	}
	/* The event of its parent comes later: the task waits for that. */
	if (!task)
		task = task_new(tid, NULL);
	if (task)
		task->stopped = true;
}

enum trace_result trace_handle(pid_t first, int *ret_status)
{
	struct event event;
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		if (!take_kept(&event))
			event.tid = waitpid(-1, &event.status, __WALL | WNOHANG);
		if (event.tid <= 0)
			return TRACE_NO_MORE;
		handle_status(event.tid, event.status);
		if (event.tid == first && !WIFSTOPPED(event.status)) {
			*ret_status = event.status;
			return TRACE_ENDED;
		}
	}
	return TRACE_MORE;
}

void trace_kill_all(void)
{
	struct event event;
	struct task *task;
	int status;
	pid_t tid;

	while (take_kept(&event)) {
		task = task_find(event.tid);
		if (task && !WIFSTOPPED(event.status))
			task_end(task);
		else if (!task && WIFSTOPPED(event.status))
			task_new(event.tid, NULL);
	}
	while ((task = task_any())) {
		kill(task->tid, SIGKILL);
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			return;
		task = task_find(tid);
		if (!WIFSTOPPED(status)) {
			if (task)
				task_end(task);
			continue;
		}
		/* It may have been made just now. */
		if (!task)
			task_new(tid, NULL);
		kill(tid, SIGKILL);
	}
}
