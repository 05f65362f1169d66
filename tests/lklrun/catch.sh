#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# catch.sh - lklrun catches calls by user notification where the host has it, and by
# ptrace elsewhere or if it is told to; it says which, or in one sentence why not.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs busybox "$CC"

# Scripts with lklrun run with both.
for test in "$top_srcdir"/tests/lklrun/*.sh; do
	[ "${test##*/}" = catch.sh ] ||
		grep -qx '# again: LKLRUN_TESTS_CATCH=ptrace' "$test" ||
		die "$test does not run with --catch=ptrace"
done

make_user_image image 16M
make_user_image other 16M

# says STATUS TEXT COMMAND... - this exit status; of a failure one sentence
says() {
	local want=$1 text=$2 status

	shift 2
	echo "+ $*" >&3
	timeout 60 "$@" >out 2>err
	status=$?
	sed 's/^/  /' out err >&3
	[ $status -eq "$want" ] || die "exit status $status, not $want"
	grep -qF -e "$text" err || die "does not say: $text"
	[ $status -eq 0 ] || [ "$(wc -l <err)" -eq 1 ] || die "more than one sentence"
}

lklrun --catch=other -i image -- true 2>err
[ $? -eq 125 ] || die "another exit status than 125 of --catch=other"
grep -q -e '--catch: other is not auto, notify or ptrace' err || die "$(cat err)"
says 0 'calls: by ptrace' lklrun -v --catch=ptrace -i image -- touch /mnt/by-ptrace
! grep -q 'calls: by ptrace:' err || die "says that something is refused"

# An old host, and one where a filter with a listener is there.
cat >host.c <<'EOF'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ERROR(e) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (e))
#define LOAD(member) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define IF(how, k, yes, no) BPF_JUMP(BPF_JMP | BPF_##how | BPF_K, k, yes, no)

/* As Linux 5.6, whose last call is pidfd_getfd(). */
static struct sock_filter old[] = {
	LOAD(nr),
	IF(JGE, 439, 0, 2), IF(JGE, 1000, 1, 0), ERROR(ENOSYS),
	IF(JEQ, SYS_pidfd_open, 0, 3), LOAD(args[1]), IF(JSET, O_EXCL, 0, 5),
	ERROR(EINVAL),
	IF(JEQ, SYS_seccomp, 0, 3), LOAD(args[1]),
	IF(JSET, SECCOMP_FILTER_FLAG_NEW_LISTENER, 0, 1), ERROR(EINVAL),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static struct sock_filter all[] = {
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* host old|listened PROGRAM...; host listen: may a program have a listener? */
int main(int argc, char **argv)
{
	const int is_old = argc > 1 && !strcmp(argv[1], "old");
	const struct sock_fprog program = {
		is_old ? sizeof(old) / sizeof(*old) : 1, is_old ? old : all,
	};
	long ret;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return 99;
	ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		      is_old ? 0 : SECCOMP_FILTER_FLAG_NEW_LISTENER,
		      &program);
	if (argc == 2) {
		puts(ret < 0 ? strerror(errno) : "listens");
		return 0;
	}
	if (ret < 0)
		return errno == EINVAL ? 97 : 98;
	/* A listener counts as long as somebody has its descriptor. */
	if (!is_old && dup((int)ret) < 0)
		return 95;
	execvp(argv[2], argv + 2);
	return 96;
}
EOF
run_check $CC -O1 -o host host.c
run_check ./host old true
./host listened true
[ $? -ne 97 ] || skip "the host has no user notification"

says 0 'calls: by seccomp user notification' \
	lklrun -v -i image -- cat /mnt/by-ptrace
says 0 'calls: by seccomp user notification' \
	lklrun -v --catch=notify -i image -- cat /mnt/by-ptrace
says 0 'calls: by ptrace: the host lacks seccomp user notification' \
	./host old lklrun -v -i image -- cat /mnt/by-ptrace
make_system tree
make_image ext4 system 64M -d tree -E root_owner=0:0
run_check ./host old lklrun -i system -- /bin/bash -c \
	'echo a >/tmp/f; exec 5</tmp/f; read x <&5; echo $x; for i in /*; do echo $i; done' \
	>out
grep -qx a out && grep -qx /etc out || die "an old host: $(cat out)"
says 0 'calls: by ptrace: a seccomp filter with user notification is there' \
	./host listened lklrun -v -i image -- cat /mnt/by-ptrace
says 125 'the host lacks seccomp user notification' \
	./host old lklrun --catch=notify -i image -- true
says 125 'a seccomp filter with user notification is there already' \
	./host listened lklrun --catch=notify -i image -- true

for how in notify ptrace; do
	# A process has one tracer, and lklrun traces its program in both cases.
	says 125 'cannot run in lklrun or below a debugger' \
		lklrun --catch=$how -i image -- lklrun -i other -- true
	says 125 'cannot run in lklrun or below a debugger' \
		lklrun --catch=$how -i image -- lklrun --catch=ptrace -i other -- true
	# Nor can a program take calls away from lklrun.
	run_check lklrun --catch=$how -i image -- ./host listen >out
	check_text out 'Device or resource busy'
done
run_check ./host listen >out
check_text out listens

# By ptrace a program receives descriptors through a socket, which a filter of its own may
# refuse: then it opens no files, and all else goes on.
alone=("$top_builddir/tests/helpers/images/host-without" socketpair)
run_check lklrun --catch=notify -i image -- "${alone[@]}" cat /mnt/by-ptrace
run_mustfail 1 'by-ptrace: Operation not permitted' \
	lklrun --catch=ptrace -i image -- "${alone[@]}" cat /mnt/by-ptrace
run_check lklrun --catch=ptrace -i image -- \
	"${alone[@]}" sh -c 'rm /mnt/by-ptrace && mkdir /mnt/folder && cd /mnt/folder'
