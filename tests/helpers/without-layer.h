/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * without-layer.h - make the host look as if it lacked a layer of the sandbox:
 * a filter of system calls refuses those that the layer is entered by.
 */
#ifndef TESTS_WITHOUT_LAYER_H
#define TESTS_WITHOUT_LAYER_H

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

struct refused_call {
	unsigned int number, error;
	int first_argument;		/* only with this one; -1: always */
};

static inline int refuse_call(const struct refused_call *call)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call->number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | (call->first_argument < 0 ? BPF_JGE :
				    BPF_JEQ) | BPF_K,
			 call->first_argument < 0 ? 0 :
			 (unsigned int)call->first_argument, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | call->error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(*code), .filter = code,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
		return -errno;
	return 0;
}

/*
 * without_layer - "seccomp", "landlock" or "mounts"; 0 or -errno
 *
 * "noreplace" is no layer, but a flag of rename() that NFS does not have.
 */
static inline int without_layer(const char *layer)
{
	static const struct {
		const char *layer;
		struct refused_call call;
	} table[] = {
		{ "landlock", { SYS_landlock_create_ruleset, ENOSYS, -1 } },
		/* In this order: the first needs the second to be made. */
		{ "seccomp", { SYS_seccomp, ENOSYS, -1 } },
		{ "seccomp", { SYS_prctl, EINVAL, PR_SET_SECCOMP } },
		/* As in a container. */
		{ "mounts", { SYS_unshare, EPERM, -1 } },
		{ "noreplace", { SYS_renameat2, EINVAL, -1 } },
	};
	int ret = -ENOENT;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strcmp(table[i].layer, layer))
			continue;
		ret = refuse_call(&table[i].call);
		if (ret < 0)
			return ret;
	}
	return ret;
}

#endif /* TESTS_WITHOUT_LAYER_H */
