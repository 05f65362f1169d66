/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * registers.h - the registers of a stopped thread, on each architecture.
 */
#ifndef LKLRUN_REGISTERS_H
#define LKLRUN_REGISTERS_H

#include <elf.h>
#include <errno.h>
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

static inline void registers_set(struct user_regs_struct *r, long nr,
				 const uint64_t args[3])
{
	r->orig_rax = (unsigned long long)nr;
	r->rdi = args[0];
	r->rsi = args[1];
	r->rdx = args[2];
}

static inline void registers_skip(struct user_regs_struct *r, long result)
{
	r->orig_rax = (unsigned long long)-1ll;
	r->rax = (unsigned long long)result;
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

static inline void registers_set(struct user_regs_struct *r, long nr,
				 const uint64_t args[3])
{
	r->regs[8] = (unsigned long long)nr;
	r->regs[0] = args[0];
	r->regs[1] = args[1];
	r->regs[2] = args[2];
}

static inline void registers_skip(struct user_regs_struct *r, long result)
{
	r->regs[8] = (unsigned long long)-1ll;
	r->regs[0] = (unsigned long long)result;
}

#endif

static inline int registers_read(pid_t tid, struct user_regs_struct *r)
{
	struct iovec iov = { r, sizeof(*r) };

	return ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &iov) ? -errno : 0;
}

/* Also the number of the call, which aarch64 keeps elsewhere. */
static inline int registers_write(pid_t tid, struct user_regs_struct *r)
{
	struct iovec iov = { r, sizeof(*r) };
#ifndef __x86_64__
	int nr = (int)r->regs[8];
	struct iovec call = { &nr, sizeof(nr) };

	if (ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &call))
		return -errno;
#endif
	return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &iov) ? -errno : 0;
}

#endif /* LKLRUN_REGISTERS_H */
