// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest.c - calls that a thread of the program makes for us, to receive a descriptor.
 *
 * With ptrace alone, only a process itself can put a descriptor into its table.  So a
 * thread that ptrace has stopped before a call makes others, at the instruction of its
 * own call: it makes a pair of sockets, receives the descriptor through it, and moves it
 * to the number of the first socket, which is the lowest free one, as that of open() is.
 * What they need is for a moment below what the program uses of its stack.  It makes them
 * with all signals blocked; SIGSTOP cannot be blocked, and is sent again.
 *
 * The program's other threads may change that memory: what is read there is used for
 * calls of the program only.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "process.h"
#include "trace.h"

#ifndef PTRACE_GETSIGMASK
#define PTRACE_GETSIGMASK 0x420a
#define PTRACE_SETSIGMASK 0x420b
#endif
#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* PTRACE_O_TRACESYSGOOD: a stop at the start or the end of a call. */
#define STOP_AT_CALL	(SIGTRAP | 0x80)

/* The thread that makes calls for us: one at a time, within serve_call(). */
static struct {
	struct task *task;			/* NULL: none */
	struct user_regs_struct before;
	uint64_t signals;			/* its mask */
	bool made_one;				/* it is behind a call, not before */
	bool stop;				/* SIGSTOP came meanwhile */
	bool group_stopped;			/* its process was stopped */
} guest;

int guest_read(const struct task *task, const struct call *call,
	       struct user_regs_struct *registers)
{
	int ret = registers_read(task->tid, registers);

	return !ret && registers_nr(registers) != call->nr ? -ESRCH : ret;
}

static int guest_begin(struct task *task, const struct call *call)
{
	/* SIGSYS comes if a filter of the program's own refuses our calls so. */
	const uint64_t all = ~(1ull << (SIGSYS - 1));
	int ret;

	if (guest.task == task)
		return 0;
	memset(&guest, 0, sizeof(guest));
	ret = guest_read(task, call, &guest.before);
	if (ret < 0)
		return ret;
	if (ptrace(PTRACE_GETSIGMASK, task->tid, sizeof(guest.signals),
		   &guest.signals) ||
	    ptrace(PTRACE_SETSIGMASK, task->tid, sizeof(all), &all))
		return -errno;
	guest.task = task;
	return 0;
}

/* Its end, or what made another thread of it, is handled later. */
static int guest_lost(void)
{
	guest.task->request = 0;
	guest.task = NULL;
	return -ESRCH;
}

/* Go on to the next start or end of a call: 0 or -ESRCH. */
static int guest_step(void)
{
	struct task *task = guest.task;
	int status;

	for (;;) {
		/* ESRCH: killed meanwhile; the status tells. */
		ptrace(PTRACE_SYSCALL, task->tid, 0, 0);
		if (!trace_await(task->tid, &status))
			return guest_lost();
		if (WSTOPSIG(status) == STOP_AT_CALL)
			return 0;
		switch (status >> 16) {
		case 0:
			guest.stop |= WSTOPSIG(status) == SIGSTOP;
			break;
		case PTRACE_EVENT_STOP:
			guest.group_stopped |= WSTOPSIG(status) != SIGTRAP;
			break;
		case PTRACE_EVENT_SECCOMP:
			/* A filter of the program's own asks a tracer. */
			break;
		}
	}
}

/* Have the caller make a call, whose result is @ret_result.  0 or -ESRCH. */
static int guest_call(int nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
		      long *ret_result)
{
	const uint64_t args[4] = { a, b, c, d };
	struct user_regs_struct registers = guest.before;
	pid_t tid = guest.task->tid;
	int ret;

	registers_set_arguments(&registers, args, 4);
	if (guest.made_one)
		registers_call_again(&registers, nr);
	/* ESRCH: killed meanwhile; the next status tells. */
	registers_write(tid, &registers, guest.made_one ? -1 : nr);
	ret = guest.made_one ? guest_step() : 0;
	if (!ret)
		ret = guest_step();
	if (ret < 0)
		return ret;
	guest.made_one = true;
	if (registers_read(tid, &registers) < 0)
		return guest_lost();
	*ret_result = registers_result(&registers);
	return 0;
}

/* ---- Giving a descriptor ---- */

/* In the memory of the caller, while it receives a descriptor. */
struct scratch {
	int32_t pair[2];
	struct iovec data;
	struct msghdr header;
	char byte;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
};

/* @at: its address where it is used */
static void scratch_init(struct scratch *scratch, uint64_t at)
{
	/* Also what is between the members: the program may read it. */
	memset(scratch, 0, sizeof(*scratch));
	scratch->data.iov_base =
		(void *)(uintptr_t)(at + offsetof(struct scratch, byte));
	scratch->data.iov_len = sizeof(scratch->byte);
	scratch->header.msg_iov =
		(void *)(uintptr_t)(at + offsetof(struct scratch, data));
	scratch->header.msg_iovlen = 1;
	scratch->header.msg_control =
		(void *)(uintptr_t)(at + offsetof(struct scratch, control));
	scratch->header.msg_controllen = sizeof(scratch->control);
}

static void guest_close(int from, int to)
{
	long result;

	/* The numbers come from the program's memory. */
	if ((unsigned int)to == (unsigned int)from + 1 &&
	    !guest_call(SYS_close_range, (uint64_t)from, (uint64_t)to, 0, 0,
			&result) && !result)
		return;
	/* Before Linux 5.9, or in between are others. */
	if (guest.task)
		guest_call(SYS_close, (uint64_t)from, 0, 0, 0, &result);
	if (guest.task && to != from)
		guest_call(SYS_close, (uint64_t)to, 0, 0, 0, &result);
}

/* Send @fd into the caller's socket @number. */
static int send_to(const struct call *call, int number, int fd)
{
	cleanup_close int copy = call_borrow(call, number);
	struct cmsghdr *control;
	struct scratch scratch;

	if (copy < 0)
		return copy;
	scratch_init(&scratch, (uintptr_t)&scratch);
	control = &scratch.control.header;
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(control), &fd, sizeof(fd));
	return sendmsg(copy, &scratch.header, MSG_DONTWAIT | MSG_NOSIGNAL) ==
		1 ? 0 : -errno;
}

/* Have the caller receive what send_to() sent: its number, or -errno. */
static int receive_at(const struct call *call, uint64_t at, int from,
		      unsigned int flags)
{
	const uint64_t how = MSG_DONTWAIT |
		(flags & O_CLOEXEC ? MSG_CMSG_CLOEXEC : 0);
	struct scratch scratch;
	int number, ret;
	long result;

	scratch_init(&scratch, at);
	if (call_write(call, at, &scratch, sizeof(scratch)))
		return -EFAULT;
	ret = guest_call(SYS_recvmsg, (uint64_t)from,
			 at + offsetof(struct scratch, header), how, 0, &result);
	if (ret < 0)
		return ret;
	if (result != 1)
		return result < 0 ? (int)result : -EIO;
	if (call_read(call, at, &scratch, sizeof(scratch)))
		return -EFAULT;
	/* Without a descriptor: there is no number for it. */
	if (scratch.header.msg_controllen < CMSG_LEN(sizeof(number)) ||
	    scratch.control.header.cmsg_len != CMSG_LEN(sizeof(number)))
		return -EMFILE;
	memcpy(&number, CMSG_DATA(&scratch.control.header), sizeof(number));
	return number;
}

/* @at: room for a struct scratch.  Returns the number, or -errno. */
static int give_through(const struct call *call, uint64_t at, int fd,
			unsigned int flags)
{
	int32_t pair[2];
	long result;
	int number, ret;

	ret = guest_call(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			 at + offsetof(struct scratch, pair), &result);
	if (ret < 0)
		return ret;
	if (result)
		return result < 0 ? (int)result : -EIO;
	if (call_read(call, at + offsetof(struct scratch, pair), pair,
		      sizeof(pair)))
		return -EFAULT;
	ret = send_to(call, pair[1], fd);
	number = ret < 0 ? ret : receive_at(call, at, pair[0], flags);
	if (!guest.task)
		return -ESRCH;
	if (number < 0) {
		guest_close(pair[0], pair[1]);
		return number;
	}
	ret = guest_call(SYS_dup3, (uint64_t)number, (uint64_t)pair[0],
			 flags & O_CLOEXEC, 0, &result);
	if (ret < 0)
		return ret;
	guest_close(pair[1], number);
	return result == pair[0] ? pair[0] : result < 0 ? (int)result : -EIO;
}

int guest_add(struct task *task, const struct call *call, int fd,
	      unsigned int flags)
{
	int ret = guest_begin(task, call);
	struct scratch kept;
	uint64_t at;

	if (ret < 0)
		return ret;
	/* Below what the program uses of its stack, and may without asking. */
	at = (registers_sp(&guest.before) - 128 - sizeof(kept)) & ~15ull;
	if (call_read(call, at, &kept, sizeof(kept)))
		return -ENOMEM;
	ret = give_through(call, at, fd, flags);
	if (!guest.task)
		return -ESRCH;
	call_write(call, at, &kept, sizeof(kept));
	return ret == -ESRCH ? -EIO : ret;
}

bool guest_end(const struct call *call, long result)
{
	pid_t tid;

	if (!guest.task)
		return false;
	tid = guest.task->tid;
	guest.task = NULL;
	ptrace(PTRACE_SETSIGMASK, tid, sizeof(guest.signals), &guest.signals);
	registers_set_result(&guest.before, result);
	registers_write(tid, &guest.before, -1);
	/* Its process is stopped: so will it be. */
	if (guest.group_stopped)
		ptrace(PTRACE_INTERRUPT, tid, 0, 0);
	if (guest.stop)
		kill(call->process->pid, SIGSTOP);
	return true;
}
