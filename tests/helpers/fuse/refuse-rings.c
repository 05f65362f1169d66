// SPDX-License-Identifier: GPL-2.0-only
/*
 * refuse-rings.c - runs a command on a host that refuses io_uring.
 *
 * Usage: refuse-rings setup|enable COMMAND [ARGUMENT...]
 *
 * setup: no ring is made.  enable: a ring is made, and cannot be enabled.
 * It needs root, since a filter of an ordinary user would take the setuid bit
 * from fusermount3.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* IORING_REGISTER_ENABLE_RINGS of <linux/io_uring.h> */
#define ENABLE_RINGS 12

#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
			     offsetof(struct seccomp_data, name))
#define SKIP_UNLESS(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

int main(int argc, char **argv)
{
	struct sock_filter setup[] = {
		FIELD(nr),
		SKIP_UNLESS(SYS_io_uring_setup, 1),
		RETURN(SECCOMP_RET_ERRNO | 1 /* EPERM */),
		RETURN(SECCOMP_RET_ALLOW),
	};
	struct sock_filter enable[] = {
		FIELD(nr),
		SKIP_UNLESS(SYS_io_uring_register, 3),
		FIELD(args[1]),
		SKIP_UNLESS(ENABLE_RINGS, 1),
		RETURN(SECCOMP_RET_ERRNO | 1 /* EPERM */),
		RETURN(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(setup) / sizeof(*setup), .filter = setup,
	};

	if (argc < 3) {
		fprintf(stderr, "usage: refuse-rings setup|enable COMMAND...\n");
		return 2;
	}
	if (!strcmp(argv[1], "enable")) {
		program.len = sizeof(enable) / sizeof(*enable);
		program.filter = enable;
	}
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("refuse-rings: prctl");
		return 2;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 2;
}
