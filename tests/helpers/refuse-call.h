/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * refuse-call.h - a filter that refuses one system call, as a host does that lacks it or
 * some of its arguments.
 */
#ifndef TESTS_REFUSE_CALL_H
#define TESTS_REFUSE_CALL_H

#include <errno.h>
#include <stddef.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum refused_when {
	REFUSED_ALWAYS,
	REFUSED_EQUAL,			/* the argument is the value */
	REFUSED_BITS,			/* the argument has one of the value's bits */
};

struct refused_call {
	unsigned int number, error;
	enum refused_when when;
	unsigned int argument, value;	/* the lower half counts */
};

/* For root, whose programs keep the set-user-ID bit.  0 or -errno. */
static inline int refuse_call_as_root(const struct refused_call *call)
{
	const unsigned short test = call->when == REFUSED_BITS ? BPF_JSET :
		call->when == REFUSED_EQUAL ? BPF_JEQ : BPF_JGE;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call->number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)(offsetof(struct seccomp_data, args) +
					8 * call->argument)),
		BPF_JUMP(BPF_JMP | test | BPF_K,
			 call->when == REFUSED_ALWAYS ? 0 : call->value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | call->error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(*code), .filter = code,
	};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) ?
		-errno : 0;
}

/* For this process, and what it starts.  0 or -errno. */
static inline int refuse_call(const struct refused_call *call)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return refuse_call_as_root(call);
}

#endif /* TESTS_REFUSE_CALL_H */
