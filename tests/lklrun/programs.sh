#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# programs.sh - programs of all kinds: static, position-independent, with
# threads, a thread that executes a program, /proc/self/exe, and one whose calls are
# those of 32-bit programs.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs busybox "$CC"

make_system tree
cat >threads.c <<'EOF'
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static __thread int own = 7;
static char zeroes[100000];

static void *write_file(void *name)
{
	FILE *file = fopen(name, "w");

	own++;
	if (!file || fprintf(file, "%d", own) < 0 || fclose(file))
		perror(name);
	return NULL;
}

static void *execute(void *arg)
{
	execl("/bin/busybox", "echo", "executed", (char *)NULL);
	return arg;
}

int main(int argc, char **argv)
{
	static char names[8][32];
	pthread_t threads[8];
	unsigned int i;

	for (i = 0; i < sizeof(zeroes); i++)
		if (zeroes[i])
			return 2;
	if (argc > 1 && !strcmp(argv[1], "again")) {
		printf("again %s %s\n", argv[0],
		       (const char *)getauxval(AT_EXECFN));
		return getauxval(AT_SECURE) || getauxval(AT_EUID);
	}
	if (argc > 1) {
		execl("/proc/self/exe", "other", "again", (char *)NULL);
		return 3;
	}
	for (i = 0; i < 8; i++) {
		snprintf(names[i], sizeof(names[i]), "/tmp/%u", i);
		pthread_create(&threads[i], NULL, write_file, names[i]);
	}
	for (i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	pthread_create(&threads[0], NULL, execute, NULL);
	pthread_join(threads[0], NULL);
	return 4;
}
EOF
kinds="static:-static dynamic:-pie fixed:-no-pie static-pie:-static-pie"
for kind in $kinds; do
	run_check $CC -O1 -o "tree/${kind%%:*}" ${kind#*:} \
		$([ $kind = fixed:-no-pie ] || [ $kind = static:-static ] || echo -fPIE) \
		threads.c -pthread
done
if [ "$(uname -m)" = x86_64 ]; then
	cat >old.c <<'EOF'
void _start(void)
{
	/* getpid() as 32-bit programs call it. */
	__asm__ volatile("mov $20, %eax; int $0x80; mov $60, %eax; xor %edi, %edi; syscall");
}
EOF
	run_check $CC -nostdlib -static -o tree/old old.c
	cat >x32.c <<'EOF'
void _start(void)
{
	/* getpid() as x32 programs call it. */
	__asm__ volatile("mov $0x40000027, %eax; syscall; mov $60, %eax; xor %edi, %edi; syscall");
}
EOF
	run_check $CC -nostdlib -static -o tree/x32 x32.c
	cat >none.c <<'EOF'
void _start(void)
{
	/* -1 is no call: exit(result != -ENOSYS) */
	__asm__ volatile("mov $-1, %rax; syscall; xor %edi, %edi; cmp $-38, %rax; setne %dil; mov $60, %eax; syscall");
}
EOF
	run_check $CC -nostdlib -static -o tree/none none.c
fi
make_image ext4 image 64M -d tree -E root_owner=0:0

for kind in $kinds; do
	program=/${kind%%:*}
	run_check timeout 60 lklrun -i image -- $program >out
	[ "$(cat out)" = executed ] || die "$program: threads"
	run_check timeout 60 lklrun -i image -- /bin/cat /tmp/{0..7} >out
	[ "$(cat out)" = 88888888 ] || die "$program: what its threads wrote"
	run_check timeout 60 lklrun -i image -- $program self >out
	[ "$(cat out)" = "again other /proc/self/exe" ] || die "$program: itself"
done
if [ -e tree/old ]; then
	for program in old x32; do
		timeout 60 lklrun -i image -- /$program 2>err
		status=$?
		cat err >&3
		[ $status -eq 137 ] ||
			die "$program: exit status $status of calls of another kind"
		grep -q 'another architecture' err ||
			die "$program: no message about calls of another kind"
	done
	run_check timeout 60 lklrun -i image -- /none
fi
exit 0
