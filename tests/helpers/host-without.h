/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host-without.h - make the host look as if it lacked something: a filter refuses the
 * system calls that it is used by.
 */
#ifndef TESTS_HOST_WITHOUT_H
#define TESTS_HOST_WITHOUT_H

#include <fcntl.h>
#include <string.h>

#include "helpers/refuse-call.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* host_without - one of the names in the table; 0 or -errno */
static inline int host_without(const char *what)
{
	static const struct {
		const char *what;
		struct refused_call call;
	} table[] = {
		/* Layers of the sandbox. */
		{ "landlock", { SYS_landlock_create_ruleset, ENOSYS,
				REFUSED_ALWAYS, 0, 0 } },
		/* In this order: the first needs the second to be made. */
		{ "seccomp", { SYS_seccomp, ENOSYS, REFUSED_ALWAYS, 0, 0 } },
		{ "seccomp", { SYS_prctl, EINVAL,
			       REFUSED_EQUAL, 0, PR_SET_SECCOMP } },
		/* As in a container. */
		{ "mounts", { SYS_unshare, EPERM, REFUSED_ALWAYS, 0, 0 } },
		/* A flag of rename() that NFS does not have. */
		{ "noreplace", { SYS_renameat2, EINVAL, REFUSED_ALWAYS, 0, 0 } },
		/* What a container may forbid. */
		{ "filters", { SYS_seccomp, EPERM, REFUSED_ALWAYS, 0, 0 } },
		{ "pidfd_getfd", { SYS_pidfd_getfd, EPERM,
				   REFUSED_ALWAYS, 0, 0 } },
		{ "process_vm_readv", { SYS_process_vm_readv, EPERM,
					REFUSED_ALWAYS, 0, 0 } },
		{ "ptrace", { SYS_ptrace, EPERM, REFUSED_ALWAYS, 0, 0 } },
		{ "socketpair", { SYS_socketpair, EPERM, REFUSED_ALWAYS, 0, 0 } },
		/* PIDFD_THREAD, before Linux 6.9. */
		{ "thread-pidfds", { SYS_pidfd_open, EINVAL,
				     REFUSED_BITS, 1, O_EXCL } },
	};
	int ret = -ENOENT;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strcmp(table[i].what, what))
			continue;
		ret = refuse_call(&table[i].call);
		if (ret < 0)
			return ret;
	}
	return ret;
}

#endif /* TESTS_HOST_WITHOUT_H */
