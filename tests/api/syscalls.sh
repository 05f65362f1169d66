#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every system call that the kernel object implements and its table names has
# a wrapper, which passes that number and its arguments in their order; the
# other form sets errno as C libraries do.  No kernel is started.

set -eu
cc=${CC:-gcc}
include=$top_builddir/include
obj=${KERNEL_DIR:-$top_builddir/kernel}/obj
generated=$obj/arch/lkl/include/generated

# Entry points that are more than a weak "not implemented".
nm "$obj/vmlinux.o" | sed -n 's/^.* T __lkl_sys_//p' | sort >implemented
# Name and number, then number and entry point, then all three.
sed -n 's/^#define __NR_\([a-z0-9_]*\)[ \t]*\([0-9]*\)$/\2 \1/p' \
	"$generated/uapi/asm/unistd_64.h" | sort >numbers
sed -n 's/^__SYSCALL[A-Z_]*(\([0-9]*\), sys_\([a-z0-9_]*\).*/\1 \2/p' \
	"$generated/asm/syscall_table_64.h" | sort >entries
join numbers entries | sort -k 3 | join -1 3 - implemented |
	sed '/^ni_syscall /d' | sort -n -k 2 >calls
n=$(wc -l <calls)
[ "$n" -gt 150 ] || { echo "only $n system calls found"; exit 1; }

# How many arguments each has, from the definitions.
objcopy -O binary --only-section=.lkl_syscalls \
	--set-section-flags .lkl_syscalls=alloc "$obj/vmlinux.o" definitions
awk -F '|' '{ sub(/^_/, "", $1)
	print $1, $2 == "" ? 0 : split($2, words, ",") / 2 }' definitions |
	sort -u >counts
sort calls | join - counts >calls.counted
[ "$(wc -l <calls.counted)" = "$n" ] || {
	echo 'these are implemented but not described by the kernel object:'
	join -v 1 <(sort calls) counts
	exit 1
}

# All wrappers are called with as many numbers as they may take: calling
# conventions allow too many.
{
	cat <<'END'
#include <errno.h>
#include <stdio.h>
#include <lkl.h>
#include <lkl/libc.h>

static long last_no, last_args[6], result;

long lkl_syscall(long no, const long args[6])
{
	int i;

	last_no = no;
	for (i = 0; i < 6; i++)
		last_args[i] = args[i];
	return result;
}

typedef long call_fn(long, long, long, long, long, long);

static int check(const char *name, void (*fn)(void), long no, int count)
{
	int i;
	long ret;

	last_no = -1;
	result = 77;
	ret = ((call_fn *)fn)(11, 12, 13, 14, 15, 16);
	if (ret != 77 || last_no != no) {
		printf("%s: number %ld, not %ld; returned %ld\n", name,
		       last_no, no, ret);
		return 1;
	}
	for (i = 0; i < 6; i++)
		if (last_args[i] != (i < count ? 11 + i : 0)) {
			printf("%s: argument %d is %ld\n", name, i,
			       last_args[i]);
			return 1;
		}
	result = -2;
	errno = 0;
	ret = ((call_fn *)fn)(11, 12, 13, 14, 15, 16);
	if (ret != -2 && (ret != -1 || errno != 2)) {
		printf("%s: %ld for -2, errno %d\n", name, ret, errno);
		return 1;
	}
	return 0;
}

static int check_errno(long value, long expected, int number)
{
	long ret;

	result = value;
	errno = 0;
	ret = lkl_libc_read(3, NULL, 0);
	if (ret == expected && errno == number)
		return 0;
	printf("%ld became %ld, errno %d\n", value, ret, errno);
	return 1;
}

int main(void)
{
	int bad = 0;

END
	while read -r entry number name count; do
		for form in sys libc; do
			for word in $(printf '%s\n' $name $entry | sort -u)
			do
				# A number's own name comes before an entry's.
				[ $word = $name ] || ! grep -q \
					"^[0-9]* $word\$" numbers || continue
				printf '\tbad += check("%s", %s, %s, %s);\n' \
					lkl_${form}_$word \
					"(void (*)(void))lkl_${form}_$word" \
					$number $count
			done
		done
		printf '\tbad += LKL___NR_%s != %s;\n' $name $number
	done <calls.counted
	cat <<'END'
	bad += check_errno(5, 5, 0);
	bad += check_errno(0, 0, 0);
	bad += check_errno(-1, -1, 1);
	bad += check_errno(-4095, -1, 4095);
	bad += check_errno(-4096, -4096, 0);
	return bad != 0;
}
END
} >calls.c
$cc -std=gnu11 -Wall -Wno-cast-function-type -I"$include" \
	-I"$top_srcdir/lkl/include" -o calls.out calls.c
./calls.out
echo "$n system calls are wrapped"
