// SPDX-License-Identifier: GPL-2.0-only
/*
 * filter.c - the filter of system calls: each call that it refuses fails with its error,
 * each call of the table stops, and their neighbours pass.
 *
 * Without a tracer or listener a call that stops fails with ENOSYS.  The table is that of
 * this test: one harmless call of each kind.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "lklrun/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/audit.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>

#include "lklrun/confined.h"
#include "lklrun/flags.h"
#include "lklrun/privileges.h"
#include "lklrun/table.h"
#include "unit/unit.h"

#ifdef __x86_64__
#define OTHER_ARCH	AUDIT_ARCH_I386
#else
#define OTHER_ARCH	AUDIT_ARCH_ARM
#endif

#define UPPER		0x100000000ull	/* a bit of the upper half */
#define N_ENTRIES	7

/* ---- The table ---- */

const uint32_t flags_commands[] = { FS_IOC_GETFLAGS, FS_IOC_SETFLAGS };
const unsigned int n_flags_commands = 2;
const uint32_t privileges_options[] = { PR_GET_DUMPABLE, PR_GET_KEEPCAPS };
const unsigned int n_privileges_options = 2;

static const struct call_entry entries[N_ENTRIES] = {
	CALL_NAMED(getppid, NULL),
	CALL_REFUSED(acct, EPERM, "of this test"),
	{ SYS_execveat, "execveat", NULL, CALL_EXEC, 0, NULL },
	{ SYS_mmap, "mmap", NULL, CALL_MAP_SHARED, 0, NULL },
	{ SYS_ioctl, "ioctl", NULL, CALL_FILE_FLAGS, 0, NULL },
	{ SYS_sendto, "sendto", NULL, CALL_ADDRESS, 0, NULL },
	{ SYS_prctl, "prctl", NULL, CALL_PROCESS_OPTIONS, 0, NULL },
};

const struct call_entry *table_next(const struct call_entry *entry)
{
	entry = entry ? entry + 1 : entries;
	return entry < entries + N_ENTRIES ? entry : NULL;
}

const struct call_entry *table_find(int nr)
{
	unsigned int i;

	for (i = 0; i < N_ENTRIES; i++)
		if (entries[i].nr == nr)
			return &entries[i];
	return NULL;
}

/* ---- Calls ---- */

/* A descriptor of the null device, for which most commands fail with ENOTTY. */
#define NULL_FD	700

enum expected {
	PASSES,				/* its result is that without a filter */
	STOPS,
	TRACED,				/* by ptrace: not for serve_call() */
	FAILS,
	FAILS_BY_PTRACE,		/* else it passes */
	FAILS_CONFINED,
};

struct sample {
	enum expected expected;
	int error;			/* of those that fail */
	int nr;
	uint64_t args[6];
};

static const struct sample samples[] = {
	{ FAILS, EPERM, SYS_ioctl, { NULL_FD, TIOCSTI } },
	{ FAILS, EPERM, SYS_ioctl, { NULL_FD, UPPER | TIOCSTI } },
	{ PASSES, 0, SYS_ioctl, { NULL_FD, TIOCSTI - 1 } },
	{ PASSES, 0, SYS_ioctl, { NULL_FD, TIOCSTI + 1 } },
	{ FAILS, EPERM, SYS_ioctl, { NULL_FD, TIOCLINUX } },
	{ FAILS, EPERM, SYS_ioctl, { NULL_FD, UPPER | TIOCLINUX } },
	{ PASSES, 0, SYS_ioctl, { NULL_FD, TIOCLINUX - 1 } },
	{ PASSES, 0, SYS_ioctl, { NULL_FD, TIOCLINUX + 1 } },
	{ PASSES, 0, SYS_ioctl, { TIOCSTI, 0, TIOCLINUX } },

	{ FAILS, EPERM, SYS_clone, { CLONE_UNTRACED | SIGCHLD } },
	{ FAILS, EPERM, SYS_clone, { UPPER | CLONE_UNTRACED | SIGCHLD } },
	{ PASSES, 0, SYS_clone, { SIGCHLD } },
	{ PASSES, 0, SYS_clone, { CLONE_CHILD_SETTID | SIGCHLD } },

	{ FAILS_BY_PTRACE, EBUSY, SYS_seccomp,
	  { SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER } },
	{ FAILS_BY_PTRACE, EBUSY, SYS_seccomp,
	  { SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER |
	    SECCOMP_FILTER_FLAG_LOG } },
	{ PASSES, 0, SYS_seccomp, { SECCOMP_SET_MODE_FILTER, 0 } },
	{ PASSES, 0, SYS_seccomp,
	  { SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG } },
	{ PASSES, 0, SYS_seccomp,
	  { SECCOMP_GET_ACTION_AVAIL, SECCOMP_FILTER_FLAG_NEW_LISTENER } },

	{ FAILS, EPROTONOSUPPORT, SYS_socket,
	  { AF_NETLINK, SOCK_RAW, NETLINK_AUDIT } },
	{ FAILS, EPROTONOSUPPORT, SYS_socket,
	  { AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_AUDIT } },
	{ PASSES, 0, SYS_socket, { AF_NETLINK, SOCK_RAW, NETLINK_ROUTE } },
	{ PASSES, 0, SYS_socket, { AF_INET, SOCK_RAW, NETLINK_AUDIT } },

	{ FAILS_CONFINED, EACCES, SYS_socket, { AF_UNIX, SOCK_DGRAM } },
	{ FAILS_CONFINED, EACCES, SYS_socket,
	  { AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC } },
	{ FAILS_CONFINED, EACCES, SYS_socket, { AF_UNIX, SOCK_RAW } },
	{ PASSES, 0, SYS_socket, { AF_UNIX, SOCK_STREAM } },
	{ PASSES, 0, SYS_socket, { AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC } },
	{ PASSES, 0, SYS_socket, { AF_UNIX, SOCK_SEQPACKET } },
	{ PASSES, 0, SYS_socket, { AF_INET, SOCK_DGRAM } },
	{ FAILS_CONFINED, EACCES, SYS_socketpair, { AF_UNIX, SOCK_DGRAM } },
	{ FAILS_CONFINED, EACCES, SYS_socketpair, { AF_UNIX, SOCK_RAW } },
	{ PASSES, 0, SYS_socketpair, { AF_UNIX, SOCK_STREAM } },
	{ PASSES, 0, SYS_socketpair, { AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK } },

	{ STOPS, 0, SYS_getppid, { 0 } },
	{ PASSES, 0, SYS_getuid, { 0 } },
	{ STOPS, 0, SYS_acct, { 1 } },
	{ TRACED, 0, SYS_execveat, { 0 } },
	{ PASSES, 0, SYS_execve, { 0 } },

	{ STOPS, 0, SYS_mmap, { 0, 4096, PROT_READ, MAP_SHARED, NULL_FD } },
	{ STOPS, 0, SYS_mmap, { 0, 4096, PROT_READ, MAP_SHARED_VALIDATE, NULL_FD } },
	{ PASSES, 0, SYS_mmap, { 0, 4096, PROT_READ, MAP_PRIVATE, 999 } },
	{ PASSES, 0, SYS_mmap,
	  { 0, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, (uint64_t)-1 } },

	{ STOPS, 0, SYS_ioctl, { NULL_FD, FS_IOC_GETFLAGS } },
	{ STOPS, 0, SYS_ioctl, { NULL_FD, UPPER | FS_IOC_SETFLAGS } },
	{ PASSES, 0, SYS_ioctl, { NULL_FD, FS_IOC_GETFLAGS + 1 } },
	{ PASSES, 0, SYS_ioctl, { NULL_FD, FS_IOC_SETFLAGS + 1 } },

	{ STOPS, 0, SYS_sendto, { NULL_FD, 0, 0, 0, 4096, 16 } },
	{ STOPS, 0, SYS_sendto, { NULL_FD, 0, 0, 0, UPPER, 16 } },
	{ PASSES, 0, SYS_sendto, { NULL_FD, 0, 0, 0, 0, 16 } },

	{ STOPS, 0, SYS_prctl, { PR_GET_DUMPABLE } },
	{ STOPS, 0, SYS_prctl, { UPPER | PR_GET_KEEPCAPS } },
	{ PASSES, 0, SYS_prctl, { PR_GET_NO_NEW_PRIVS } },
	{ PASSES, 0, SYS_prctl, { PR_GET_TIMERSLACK, PR_GET_DUMPABLE } },
};

#define N_SAMPLES (sizeof(samples) / sizeof(samples[0]))

/* The errno, or 0.  What the call has made is left to the end of the process. */
static int try_call(const struct sample *sample)
{
	const uint64_t *args = sample->args;
	uint64_t fourth = args[3];
	int pair[2];
	long ret;

	if (sample->nr == SYS_socketpair)
		fourth = (uint64_t)(uintptr_t)pair;
	ret = syscall(sample->nr, args[0], args[1], args[2], fourth, args[4],
		      args[5]);
	if (sample->nr == SYS_clone && !ret)
		_exit(0);
	return ret < 0 ? errno : 0;
}

static int wanted_error(const struct sample *sample, bool notify, bool confine,
			int without)
{
	switch (sample->expected) {
	case STOPS:
	case TRACED:
		return ENOSYS;
	case FAILS:
		return sample->error;
	case FAILS_BY_PTRACE:
		return notify ? without : sample->error;
	case FAILS_CONFINED:
		return confine ? sample->error : without;
	default:
		return without;
	}
}

/* ---- Filters, each in a process of its own ---- */

static void check_samples(bool notify, bool confine)
{
	int without[N_SAMPLES], fd = open("/dev/null", O_RDONLY), got, want;
	struct lkl_error err;
	unsigned int i;

	REQUIRE(fd >= 0 && dup2(fd, NULL_FD) == NULL_FD);
	REQUIRE(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	for (i = 0; i < N_SAMPLES; i++)
		without[i] = try_call(&samples[i]);
	if (confine)
		REQUIRE(!confined_init(NULL, 0, &err));
	fd = filter_install(notify);
	REQUIRE(fd >= 0);
	if (notify)
		close(fd);
	for (i = 0; i < N_SAMPLES; i++) {
		got = try_call(&samples[i]);
		want = wanted_error(&samples[i], notify, confine, without[i]);
		if (got != want)
			unit_fail(__FILE__, __LINE__,
				  "sample %u, call %d (%#llx, %#llx): %s, not %s",
				  i, samples[i].nr,
				  (unsigned long long)samples[i].args[0],
				  (unsigned long long)samples[i].args[1],
				  strerror(got), strerror(want));
	}
}

static void check_filter(bool notify, bool confine)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		check_samples(notify, confine);
		_exit(unit_any_failed);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
}

static void test_ptrace(void)
{
	check_filter(false, false);
}

static void test_ptrace_confined(void)
{
	check_filter(false, true);
}

static void test_notify(void)
{
	check_filter(true, false);
}

static void test_notify_confined(void)
{
	check_filter(true, true);
}

/* A host before Linux 5.19, or one that lets a filter with a listener in. */
static bool has_notifications(void)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		_exit(filter_install(true) < 0);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return !status;
}

/* ---- What the loop that answers is told ---- */

/* Calls that are refused never reach it. */
static void test_stops(void)
{
	unsigned int i;

	for (i = 0; i < N_SAMPLES; i++)
		if (samples[i].expected <= TRACED &&
		    filter_stops(samples[i].nr, FILTER_ARCH, samples[i].args) !=
		    (samples[i].expected == STOPS))
			unit_fail(__FILE__, __LINE__, "sample %u", i);
	CHECK(filter_stops(FILTER_LOADER_CALL, FILTER_ARCH, samples[0].args));
	CHECK(filter_stops(SYS_getuid, OTHER_ARCH, samples[0].args));
}

static void test_native(void)
{
	CHECK(filter_is_native(SYS_getuid, FILTER_ARCH));
	CHECK(filter_is_native(FILTER_LOADER_CALL, FILTER_ARCH));
	CHECK(filter_is_native(-1, FILTER_ARCH));
	CHECK(filter_is_native(INT_MIN, FILTER_ARCH));
	CHECK(!filter_stops(-1, FILTER_ARCH, samples[0].args));
	CHECK(!filter_is_native(SYS_getuid, OTHER_ARCH));
#ifdef __x86_64__
	CHECK(!filter_is_native(0x40000000 | SYS_getuid, FILTER_ARCH));
	CHECK(filter_stops(0x40000000 | SYS_getuid, FILTER_ARCH, samples[0].args));
#endif
}

int main(void)
{
	RUN(test_ptrace);
	RUN(test_ptrace_confined);
	if (has_notifications()) {
		RUN(test_notify);
		RUN(test_notify_confined);
	} else {
		printf("# the host has no user notification for this test\n");
	}
	RUN(test_stops);
	RUN(test_native);
	return unit_exit();
}
