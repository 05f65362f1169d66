#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# exec-race.sh - a program gets the identity of a set-user-ID file of the image only if
# that file is executed, and exec is the only call that is taken for one.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs "$CC"

cat >job.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#define LENGTH 1472

static char *host, *set_id;
static volatile char *stack;
static volatile int started;

/* Where a path appears on the other thread's stack, put another one. */
static void *replace(void *arg)
{
	volatile char *at;
	size_t i;

	for (started = 1;;)
		for (at = stack; at < stack + LENGTH; at += 16)
			for (i = 0; *at == '/' && i <= strlen(host); i++)
				at[i] = host[i];
	return arg;
}

static void race(void)
{
	char *argv[] = { set_id, NULL };
	pthread_t thread;

	stack = (volatile char *)(((uintptr_t)__builtin_frame_address(0) - LENGTH -
				   128) & ~(uintptr_t)15);
	(void)pthread_create(&thread, NULL, replace, NULL);
	while (!started)
		;
	syscall(SYS_execve, set_id, argv, environ);
	_exit(1);
}

static int trace(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };
	char *argv[] = { set_id, NULL };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 1;
	syscall(SYS_getppid, set_id, argv, environ);
	puts(strerror(errno));
	return 0;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 4) {
		printf("%s %d\n", NAME, (int)geteuid());
		return 0;
	}
	host = argv[1];
	set_id = argv[2];
	if (!strcmp(argv[3], "trace"))
		return trace();
	for (i = 0; i < 30; i++) {
		if (!fork())
			race();
		wait(NULL);
	}
	return 0;
}
END
run_check $CC -pthread -DNAME='"host"' -o host job.c
run_check $CC -pthread -DNAME='"image"' -o set-id job.c
make_user_image image 16M
run_check lklrun -i image --at=/mnt --fake-root -- sh -c \
	'cp set-id /mnt && chown 1234 /mnt/set-id && chmod 4755 /mnt/set-id'
runs() {
	timeout 60 lklrun -i image --at=/mnt --fake-root -- "$@" >out 2>err ||
		die "lklrun fails: $(cat err)"
	sort out | uniq -c >&3
}

runs /mnt/set-id
check_text out 'image 1234'
runs ./host "$PWD/host" /mnt/set-id race
! grep -q 'host 1234' out || die "the host's program has the identity of the image's"
[ -s out ] || die "nothing ran"
! grep -vE '^(host 0|image 1234)$' out || die "another identity"

runs ./host "$PWD/host" /mnt/set-id trace
check_text out 'Function not implemented'
