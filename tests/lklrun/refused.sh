#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# refused.sh - on a host, or in a container, that refuses a call that lklrun
# cannot do without, it says which one, and the program does not run.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs busybox "$CC"

make_system tree
make_image ext4 image 64M -d tree -E root_owner=0:0
cat >without.c <<'EOF'
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* without CALL PROGRAM...: the call fails with EPERM */
int main(int argc, char **argv)
{
	unsigned int nr = !strcmp(argv[1], "ptrace") ? SYS_ptrace :
		!strcmp(argv[1], "seccomp") ? SYS_seccomp :
		!strcmp(argv[1], "process_vm_readv") ? SYS_process_vm_readv : 438;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	if (argc < 3 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 99;
	execvp(argv[2], argv + 2);
	return 98;
}
EOF
run_check $CC -o without without.c
for call in ptrace process_vm_readv pidfd_getfd seccomp; do
	echo "+ without $call" >&3
	timeout 60 ./without $call lklrun -i image -- /bin/busybox echo ran >out 2>err
	status=$?
	cat out err >&3
	[ $status -eq 125 ] || die "exit status $status without $call"
	[ ! -s out ] || die "the program ran without $call"
	[ $call = seccomp ] && call='system calls'
	grep -q "$call" err || die "the message does not name $call"
	[ "$(wc -l <err)" -eq 1 ] || die "more than one sentence"
done
run_check timeout 60 lklrun -i image -- /bin/busybox echo ran >out
grep -qx ran out || die "with all calls it does not run either"
exit 0
