/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * registers.h - the registers of a stopped thread, on each architecture.
 *
 * The thread is in a system call: the instruction that comes next is behind that of
 * the call.
 */
#ifndef LKLRUN_REGISTERS_H
#define LKLRUN_REGISTERS_H

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#ifdef __x86_64__

#define REGISTERS_MACHINE EM_X86_64

/* The host looks at the lower half. */
#define registers_nr(r)		((int)(r)->orig_rax)
#define registers_sp(r)		((r)->rsp)

static inline uint64_t registers_argument(const struct user_regs_struct *r,
					  unsigned int i)
{
	const uint64_t args[6] = { r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9 };

	return args[i];
}

static inline void registers_set_arguments(struct user_regs_struct *r,
					   const uint64_t *args, unsigned int n)
{
	unsigned long long *const to[6] = {
		&r->rdi, &r->rsi, &r->rdx, &r->r10, &r->r8, &r->r9,
	};
	unsigned int i;

	for (i = 0; i < n; i++)
		*to[i] = args[i];
}

#define registers_result(r)	((long)(r)->rax)

static inline void registers_set_result(struct user_regs_struct *r, long result)
{
	r->rax = (unsigned long long)result;
}

/*
 * At the stop before a signal: the call that the signal has interrupted is made once
 * more after the handler, also without SA_RESTART.  The kernel knows these results and
 * no program sees them.
 */
#define REGISTERS_ERESTARTSYS		512
#define REGISTERS_ERESTARTNOINTR	513

static inline bool registers_restart(struct user_regs_struct *r)
{
	if (registers_nr(r) < 0 ||
	    registers_result(r) != -REGISTERS_ERESTARTSYS)
		return false;
	registers_set_result(r, -REGISTERS_ERESTARTNOINTR);
	return true;
}

/* After a call: back to its instruction, to make call @nr. */
static inline void registers_call_again(struct user_regs_struct *r, int nr)
{
	r->rip -= 2;
	r->rax = (unsigned int)nr;
}

#else

#define REGISTERS_MACHINE EM_AARCH64

#define registers_nr(r)		((int)(r)->regs[8])
#define registers_sp(r)		((r)->sp)

static inline uint64_t registers_argument(const struct user_regs_struct *r,
					  unsigned int i)
{
	return r->regs[i];
}

static inline void registers_set_arguments(struct user_regs_struct *r,
					   const uint64_t *args, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		r->regs[i] = args[i];
}

#define registers_result(r)	((long)(r)->regs[0])

static inline void registers_set_result(struct user_regs_struct *r, long result)
{
	r->regs[0] = (unsigned long long)result;
}

/* The kernel decides about the call before this stop. */
static inline bool registers_restart(struct user_regs_struct *r)
{
	(void)r;
	return false;
}

/* After a call: back to its instruction, to make call @nr. */
static inline void registers_call_again(struct user_regs_struct *r, int nr)
{
	r->pc -= 4;
	r->regs[8] = (unsigned int)nr;
}

#endif

static inline int registers_read(pid_t tid, struct user_regs_struct *r)
{
	struct iovec iov = { r, sizeof(*r) };

	return ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &iov) ? -errno : 0;
}

/*
 * registers_write - @nr: the call that the thread is about to make; -1: none
 *
 * aarch64 keeps it elsewhere; the register that the program put it into stays.
 */
static inline int registers_write(pid_t tid, struct user_regs_struct *r, int nr)
{
	struct iovec iov = { r, sizeof(*r) };
#ifdef __x86_64__
	r->orig_rax = (unsigned long long)(long long)nr;
#else
	struct iovec call = { &nr, sizeof(nr) };

	if (ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &call))
		return -errno;
#endif
	return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &iov) ? -errno : 0;
}

#endif /* LKLRUN_REGISTERS_H */
