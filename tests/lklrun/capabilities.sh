#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# capabilities.sh - capget() and capset() with --fake-root: everybody may drop
# capabilities, nobody gets any back, and PR_SET_KEEPCAPS keeps those that a change of
# the user would take.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs "$CC"

cat >caps.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/capability.h>

static struct __user_cap_header_struct header = {
	.version = _LINUX_CAPABILITY_VERSION_3,
};

static void show(const char *when)
{
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		printf("capget: %s\n", strerror(errno));
	printf("%s: effective %x%08x permitted %x%08x\n", when,
	       data[1].effective, data[0].effective,
	       data[1].permitted, data[0].permitted);
}

static void set(uint32_t effective, uint32_t permitted)
{
	struct __user_cap_data_struct data[2] = {
		{ .effective = effective, .permitted = permitted },
	};

	printf("set %x of %x: %s\n", effective, permitted,
	       syscall(SYS_capset, &header, data) ? strerror(errno) : "done");
}

static void result(const char *call, int ret)
{
	printf("%s: %s\n", call, ret ? strerror(errno) : "done");
}

int main(int argc, char **argv)
{
	const uint32_t gid = 1u << CAP_SETGID, both = gid | 1u << CAP_SETUID;
	const gid_t group = 7;

	setvbuf(stdout, NULL, _IONBF, 0);
	if (argc > 1) {
		show(argv[1]);
		return 0;
	}
	if (!fork()) {
		result("setreuid", setreuid(1000, 1000));
		show("user");
		set(0, 0);
		set(gid, gid);
		result("setgid", setgid(5));
		result("setuid", setuid(0));
		_exit(0);
	}
	wait(NULL);
	if (!fork()) {
		result("keep", prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
		printf("%d\n", prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
		result("setresuid", setresuid(1000, 1000, 1000));
		result("setgid", setgid(5));
		set(gid, both);
		result("setgid", setgid(5));
		result("setgroups", setgroups(1, &group));
		result("setuid", setuid(0));
		set(both, both);
		set(both | 1, both | 1);
		show("kept");
		execl("/proc/self/exe", argv[0], "user's program", NULL);
		_exit(1);
	}
	wait(NULL);
	result("seteuid", seteuid(1000));
	show("effective user");
	result("seteuid", seteuid(0));
	set(gid, gid);
	result("setuid", setuid(5));
	show("root");
	execl("/proc/self/exe", argv[0], "root's program", NULL);
	return 1;
}
END
run_check $CC -o caps caps.c
make_user_image image 16M
run_check lklrun -i image --at=/mnt --fake-root -- ./caps >out
check_text out 'setreuid: done
user: effective 000000000 permitted 000000000
set 0 of 0: done
set 40 of 40: Operation not permitted
setgid: Operation not permitted
setuid: Operation not permitted
keep: done
1
setresuid: done
setgid: Operation not permitted
set 40 of c0: done
setgid: done
setgroups: done
setuid: Operation not permitted
set c0 of c0: done
set c1 of c1: Operation not permitted
kept: effective 0000000c0 permitted 0000000c0
user'"'"'s program: effective 000000000 permitted 000000000
seteuid: done
effective user: effective 000000000 permitted 1ffffffffff
seteuid: done
set 40 of 40: done
setuid: Operation not permitted
root: effective 000000040 permitted 000000040
root'"'"'s program: effective 1ffffffffff permitted 1ffffffffff'
