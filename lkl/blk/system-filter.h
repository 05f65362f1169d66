/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * system-filter.h - pieces of seccomp filters for the small processes that this
 * folder starts.
 *
 * A filter is an array of these pieces: FILTER_BEGIN, then one per system call,
 * then FILTER_RETURN for all other calls.
 */
#ifndef LKL_BLK_SYSTEM_FILTER_H
#define LKL_BLK_SYSTEM_FILTER_H

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#endif

#define FILTER_LOAD(member) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))

#define FILTER_RETURN(action)	BPF_STMT(BPF_RET | BPF_K, (action))

#define FILTER_ERROR(error)	(SECCOMP_RET_ERRNO | (error))

/* Other architectures have other numbers. */
#define FILTER_BEGIN \
	FILTER_LOAD(arch), \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0), \
	FILTER_RETURN(SECCOMP_RET_KILL_PROCESS), \
	FILTER_LOAD(nr)

#define FILTER_CALL(call, action) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), \
	FILTER_RETURN(action)

/*
 * Load a filter for the calling thread, without new privileges from now on.
 * Async-signal-safe.  Returns 0, also on a host that has no filters, or -errno.
 */
static inline int system_filter_load(struct sock_filter *filter, size_t n)
{
	const struct sock_fprog program = { .len = n, .filter = filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) &&
	    errno != EINVAL)
		return -errno;
	return 0;
}

#endif /* LKL_BLK_SYSTEM_FILTER_H */
