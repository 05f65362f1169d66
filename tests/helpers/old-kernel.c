// SPDX-License-Identifier: GPL-2.0-only
/*
 * old-kernel.c - runs a program as if the host's kernel were Linux 4.18: all
 * system calls that came later return ENOSYS.
 *
 * Usage: old-kernel PROGRAM [ARGUMENT...]
 *
 * It cannot make older calls refuse flags that came later.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The last of 4.18, where calls of its own end before. */
#ifdef __x86_64__
#define LAST_OLD	334	/* rseq() */
#else
#define LAST_OLD	293	/* rseq() */
#endif

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_OLD, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(code) / sizeof(*code), .filter = code,
	};

	if (argc < 2) {
		fprintf(stderr, "usage: old-kernel PROGRAM [ARGUMENT...]\n");
		return 1;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("old-kernel: seccomp");
		return 1;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
