// SPDX-License-Identifier: GPL-2.0-only
/*
 * tracer.c - tests of the sandbox of lklrun, which traces processes and opens files:
 * it starts no programs, makes no processes, sockets or executable memory, and has no
 * capabilities.  What it needs works.
 *
 * Each attack works outside of the sandbox, or it would show nothing.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sandbox/sandbox.h"
#include "unit/unit.h"

static const struct sandbox_options tracer = { .tracer = true };

/* In a child, perhaps in the sandbox: its result, or minus the signal it died of. */
static int in_child(bool confined, int (*try)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		_exit(confined && sandbox_enter(&tracer, NULL) < 0 ? 99 : try());
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

static int execute(void)
{
	return error_of(execl("/bin/true", "true", (char *)NULL));
}

static int make_process(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (!pid)
		_exit(0);
	return error_of(pid);
}

static int make_socket(void)
{
	return error_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int make_executable(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE |
		    MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

/* An error that only who may mount gets, or none. */
static int change_mounts(void)
{
	return error_of(mount("none", "/nowhere", NULL, MS_REMOUNT, NULL)) ==
		EPERM ? EPERM : 0;
}

static void it_starts_nothing_and_connects_to_nobody(void)
{
	static int (*const attacks[])(void) = {
		execute, make_process, make_socket, make_executable,
	};
	size_t i;

	for (i = 0; i < sizeof(attacks) / sizeof(*attacks); i++) {
		CHECK_EQ(in_child(false, attacks[i]), 0);
		CHECK(in_child(true, attacks[i]) != 0);
		CHECK(in_child(true, attacks[i]) != 99);
	}
	CHECK_EQ(in_child(true, execute), -SIGSYS);
	CHECK_EQ(in_child(true, change_mounts), -SIGSYS);
}

/* ---- What lklrun does ---- */

static pid_t victim;
static int mark;

static int use_victim(void)
{
	int value = 0, other = 43, pidfd, fd, status;
	struct iovec local = { &value, sizeof(value) };
	struct iovec remote = { &mark, sizeof(mark) };

	if (ptrace(PTRACE_SEIZE, victim, 0, PTRACE_O_EXITKILL))
		return 1;
	if (process_vm_readv(victim, &local, 1, &remote, 1, 0) !=
	    sizeof(value) || value != 42)
		return 2;
	local.iov_base = &other;
	if (process_vm_writev(victim, &local, 1, &remote, 1, 0) !=
	    sizeof(other))
		return 3;
	pidfd = (int)syscall(SYS_pidfd_open, victim, 0);
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, 0, 0);
	if (pidfd < 0 || fd < 0)
		return 4;
	if (kill(victim, SIGKILL) || waitpid(victim, &status, __WALL) != victim)
		return 5;
	return 0;
}

static int run_with_victim(void)
{
	mark = 42;
	victim = fork();
	if (!victim)
		for (;;)
			pause();
	return sandbox_enter(&tracer, NULL) < 0 ? 99 : use_victim();
}

static int use_files(void)
{
	int memory = memfd_create("test", MFD_CLOEXEC), fd, notify;
	char path[64];

	notify = inotify_init1(IN_CLOEXEC);
	if (notify < 0 || sandbox_enter(&tracer, NULL) < 0)
		return 99;
	close(notify);
	notify = inotify_init1(IN_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 1;
	if (inotify_add_watch(notify, path, IN_CLOSE) < 0)
		return 2;
	close(memory);
	if (fcntl(fd, F_SETLEASE, F_RDLCK))
		return 3;
	if (mkdir("made", 0700) || fchmodat(AT_FDCWD, "made", 0755, 0) ||
	    utimensat(AT_FDCWD, "made", NULL, 0) || rmdir("made"))
		return 4;
	return 0;
}

static void it_can_trace_and_use_files(void)
{
	CHECK_EQ(in_child(false, run_with_victim), 0);
	CHECK_EQ(in_child(false, use_files), 0);
}

int main(void)
{
	if (getenv("INSTRUMENT") && *getenv("INSTRUMENT"))
		SKIP_ALL("instrumented programs run without a sandbox");
	if (!(sandbox_available() & SANDBOX_SECCOMP))
		SKIP_ALL("the build or the host has no system-call filters");
	RUN(it_starts_nothing_and_connects_to_nobody);
	RUN(it_can_trace_and_use_files);
	return unit_exit();
}
