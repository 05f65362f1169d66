// SPDX-License-Identifier: GPL-2.0-only
/*
 * sandbox.c - tests of the tools' sandbox: which calls it allows, which calls it
 * refuses, and which calls end the process.
 *
 * A process cannot leave a sandbox, so each test runs in a child.  The tests of
 * a layer run if this file finds that the build and the host have the layer;
 * the sandbox is not asked.
 */
#define _GNU_SOURCE 1
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <linux/capability.h>
#ifdef HAVE_LANDLOCK
#include <linux/landlock.h>
#endif
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sandbox/sandbox.h"
#include "unit.h"

extern char **environ;

/* How a child ended that nothing else can be said of. */
#define STATUS_NO_ENTRY	101

static unsigned int available;	/* layers that the build and the host have */

/*
 * In a child, in a sandbox with @options: what @try returns is its exit
 * status.  Returns that, or minus the number of a signal.
 */
static int in_sandbox(const struct sandbox_options *options, int (*try)(void))
{
	static const struct sandbox_options strictest;
	struct lkl_error err = { "" };
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		if (sandbox_enter(options ? options : &strictest, &err) < 0) {
			printf("# %s\n", err.text);
			fflush(stdout);
			_exit(STATUS_NO_ENTRY);
		}
		_exit(try());
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* Asks the host's kernel, as the sandbox should. */
static unsigned int find_layers(void)
{
	unsigned int layers = SANDBOX_NO_NEW_PRIVS | SANDBOX_CAPABILITIES;

#ifdef HAVE_SECCOMP
	/* EFAULT: the kernel has filters, and looked for one at NULL. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) < 0 &&
	    errno == EFAULT)
		layers |= SANDBOX_SECCOMP;
	else
		printf("skip: the host's kernel has no seccomp filters\n");
#else
	printf("skip: built without libseccomp\n");
#endif
#ifdef HAVE_LANDLOCK
	if (syscall(SYS_landlock_create_ruleset, NULL, 0,
		    LANDLOCK_CREATE_RULESET_VERSION) > 0)
		layers |= SANDBOX_LANDLOCK;
	else
		printf("skip: the host's kernel has no Landlock\n");
#else
	printf("skip: built without Landlock\n");
#endif
	return layers;
}

/* ---- What fails: each returns the errno, or 0 if it went well ---- */

static int error_of(long ret)
{
	return ret < 0 ? errno : 0;
}

static int try_open(void)
{
	return error_of(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int try_create(void)
{
	return error_of(open("made", O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
}

static int try_unlink(void)
{
	return error_of(unlink("victim"));
}

static int try_socket(void)
{
	return error_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int try_unix_socket(void)
{
	return error_of(socket(AF_UNIX, SOCK_DGRAM, 0));
}

static int try_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return error_of(pid);
}

static int try_spawn(void)
{
	char name[] = "true";
	char *const argv[] = { name, NULL };
	pid_t pid;

	return posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ);
}

static int try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ?
		errno : 0;
}

static int try_kill(void)
{
	return error_of(kill(getppid(), 0));
}

static int try_limit(void)
{
	const struct rlimit limit = { 100, 100 };

	return error_of(setrlimit(RLIMIT_NOFILE, &limit));
}

/* Types a character at a terminal, for its shell to read. */
static int try_terminal(void)
{
	return error_of(ioctl(STDIN_FILENO, TIOCSTI, "x"));
}

/* ---- What is deadly ---- */

static int try_execve(void)
{
	char name[] = "true";
	char *const argv[] = { name, NULL };

	execve("/bin/true", argv, environ);
	return errno;
}

static int try_ptrace(void)
{
	return error_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int try_mount(void)
{
	return error_of(mount("none", "/tmp", "tmpfs", 0, NULL));
}

static int try_setuid(void)
{
	return error_of(setuid(getuid()));
}

static int try_unshare(void)
{
	return error_of(unshare(CLONE_NEWUSER));
}

static int try_vm_read(void)
{
	char a[1], b[1];
	struct iovec to = { a, 1 }, from = { b, 1 };

	return error_of(process_vm_readv(getppid(), &to, 1, &from, 1, 0));
}

/* ---- What works ---- */

static void *add_one(void *arg)
{
	++*(int *)arg;
	pthread_exit(NULL);	/* with libc's unwinder */
}

static void *wait_for_ever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static int use_threads(void)
{
	pthread_t thread;
	void *result;
	int n = 0;

	if (pthread_create(&thread, NULL, add_one, &n) ||
	    pthread_join(thread, NULL) || n != 1)
		return 1;
	if (pthread_create(&thread, NULL, wait_for_ever, NULL) ||
	    pthread_cancel(thread) || pthread_join(thread, &result) ||
	    result != PTHREAD_CANCELED)
		return 2;
	return 0;
}

static int open_file = -1;

static int use_file(void)
{
	char buf[4] = "";
	struct stat st;

	if (pwrite(open_file, "abc", 3, 100) != 3 || fdatasync(open_file))
		return 1;
	if (pread(open_file, buf, 3, 100) != 3 || strcmp(buf, "abc"))
		return 2;
	if (fstat(open_file, &st) || st.st_size != 103)
		return 3;
	if (ftruncate(open_file, 50) || fstat(open_file, &st) ||
	    st.st_size != 50)
		return 4;
	if (fallocate(open_file, 0, 0, 8192) && errno != EOPNOTSUPP)
		return 5;
	return 0;
}

/* More than malloc() has at hand. */
static int use_memory(void)
{
	char *p = malloc(64 << 20);

	if (!p)
		return 1;
	memset(p, 1, 64 << 20);
	p = realloc(p, 128 << 20);
	if (!p || p[(64 << 20) - 1] != 1)
		return 2;
	free(p);
	return 0;
}

static int sockets[2];

static int use_socket(void)
{
	char byte;

	return send(sockets[0], "x", 1, MSG_NOSIGNAL) == 1 &&
	       recv(sockets[1], &byte, 1, 0) == 1 && byte == 'x' ? 0 :
		errno ? errno : 1;
}

static int raise_abort(void)
{
	abort();
}

static int read_privileges(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return 1;
	if (data[0].effective || data[0].permitted || data[0].inheritable ||
	    data[1].effective || data[1].permitted || data[1].inheritable)
		return 2;
	return 0;
}

static int do_nothing(void)
{
	return 0;
}

/* ---- Tests ---- */

/* The return value of sandbox_enter(), which names the layers. */
static void every_layer_is_in_effect(void)
{
	static const struct sandbox_options strictest;
	struct lkl_error err = { "" };
	char text[80];
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		int ret = sandbox_enter(&strictest, &err);

		if (ret < 0)
			printf("# %s\n", err.text);
		fflush(stdout);
		_exit(ret < 0 ? STATUS_NO_ENTRY : ret);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), available);
	printf("# in effect: %s\n",
	       sandbox_describe((unsigned int)WEXITSTATUS(status), text,
				sizeof(text)));
}

/*
 * Files below /proc of a process that debuggers may not attach to belong to
 * root.  Enters with @options; returns that owner.
 */
static uid_t owner_in_proc(const struct sandbox_options *options)
{
	struct lkl_error err = { "" };
	int ready[2], done[2], status;
	char path[32], byte = 0;
	struct stat st;
	pid_t pid;

	REQUIRE(!pipe(ready) && !pipe(done));
	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		close(done[1]);
		if (sandbox_enter(options, &err) < 0 ||
		    write(ready[1], "x", 1) != 1)
			_exit(STATUS_NO_ENTRY);
		_exit(read(done[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(ready[1]);
	REQUIRE(read(ready[0], &byte, 1) == 1);
	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	REQUIRE(!stat(path, &st));
	close(done[1]);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
	close(ready[0]);
	close(done[0]);
	return st.st_uid;
}

static void memory_is_closed_to_debuggers(void)
{
	static const struct sandbox_options strictest;
	static const struct sandbox_options debug = { .debug = true };

	if (!getuid()) {
		printf("skip: root's files belong to root either way\n");
		return;
	}
	CHECK_EQ(owner_in_proc(&strictest), 0);
	CHECK_EQ(owner_in_proc(&debug), getuid());
}

static void nothing_is_forbidden_outside(void)
{
	/* Or the tests below would say nothing. */
	CHECK_EQ(try_open(), 0);
	CHECK_EQ(try_unix_socket(), 0);
	CHECK_EQ(try_fork(), 0);
	CHECK_EQ(try_spawn(), 0);
	CHECK_EQ(try_kill(), 0);
}

static void files_cannot_be_opened(void)
{
	int fd = open("victim", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	REQUIRE(fd >= 0);
	close(fd);
	CHECK_EQ(in_sandbox(NULL, try_open), EACCES);
	CHECK_EQ(in_sandbox(NULL, try_create), EACCES);
	CHECK_EQ(in_sandbox(NULL, try_unlink), EACCES);
	CHECK(!access("victim", F_OK));
	CHECK(access("made", F_OK));
}

static void what_libraries_try_fails(void)
{
	CHECK_EQ(in_sandbox(NULL, try_socket), EACCES);
	CHECK_EQ(in_sandbox(NULL, try_unix_socket), EACCES);
	CHECK_EQ(in_sandbox(NULL, try_fork), ENOSYS);
	CHECK_EQ(in_sandbox(NULL, try_spawn), ENOSYS);
	CHECK_EQ(in_sandbox(NULL, try_code), ENOSYS);
	CHECK_EQ(in_sandbox(NULL, try_kill), ENOSYS);
	CHECK_EQ(in_sandbox(NULL, try_limit), ENOSYS);
	CHECK_EQ(in_sandbox(NULL, try_terminal), ENOSYS);
}

static void what_attackers_try_kills(void)
{
	CHECK_EQ(in_sandbox(NULL, try_execve), -SIGSYS);
	CHECK_EQ(in_sandbox(NULL, try_ptrace), -SIGSYS);
	CHECK_EQ(in_sandbox(NULL, try_mount), -SIGSYS);
	CHECK_EQ(in_sandbox(NULL, try_setuid), -SIGSYS);
	CHECK_EQ(in_sandbox(NULL, try_unshare), -SIGSYS);
	CHECK_EQ(in_sandbox(NULL, try_vm_read), -SIGSYS);
}

static void what_is_open_stays_usable(void)
{
	open_file = open("open", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	REQUIRE(open_file >= 0);
	CHECK_EQ(in_sandbox(NULL, use_file), 0);
	close(open_file);
}

static void threads_and_memory_work(void)
{
	CHECK_EQ(in_sandbox(NULL, use_threads), 0);
	CHECK_EQ(in_sandbox(NULL, use_memory), 0);
}

static void aborts_as_always(void)
{
	CHECK_EQ(in_sandbox(NULL, raise_abort), -SIGABRT);
}

static void privileges_are_gone(void)
{
	CHECK_EQ(in_sandbox(NULL, read_privileges), 0);
}

static void network_only_if_asked_for(void)
{
	static const struct sandbox_options network = { .network = true };
	static const struct sandbox_options connect = { .connect = true };

	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	CHECK_EQ(in_sandbox(&network, use_socket), 0);
	CHECK_EQ(in_sandbox(&connect, use_socket), 0);
	CHECK_EQ(in_sandbox(&connect, try_unix_socket), 0);
	if (available & SANDBOX_SECCOMP) {
		CHECK(in_sandbox(NULL, use_socket));
		CHECK_EQ(in_sandbox(&network, try_unix_socket), EACCES);
	}
	close(sockets[0]);
	close(sockets[1]);
}

static int read_inside(void)
{
	return error_of(open("inside/file", O_RDONLY | O_CLOEXEC));
}

static int write_inside(void)
{
	int fd = open("inside/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return errno;
	if (write(fd, "x", 1) != 1 || rename("inside/new", "inside/newer") ||
	    mkdir("inside/dir", 0777) || rmdir("inside/dir") ||
	    symlink("x", "inside/link") || unlink("inside/link"))
		return errno;
	return error_of(unlink("inside/newer"));
}

static int run_inside(void)
{
	return try_execve();
}

static void paths_only_if_asked_for(void)
{
	static const struct sandbox_path for_reading[] = {
		{ "inside", SANDBOX_READ }, { .path = NULL }
	};
	static const struct sandbox_path for_writing[] = {
		{ "inside", SANDBOX_READ | SANDBOX_WRITE }, { .path = NULL }
	};
	static const struct sandbox_options reading = { .paths = for_reading };
	static const struct sandbox_options writing = { .paths = for_writing };
	int fd;

	REQUIRE(!mkdir("inside", 0777));
	fd = open("inside/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	REQUIRE(fd >= 0);
	close(fd);
	CHECK_EQ(in_sandbox(&reading, read_inside), 0);
	CHECK_EQ(in_sandbox(&writing, read_inside), 0);
	CHECK_EQ(in_sandbox(&writing, write_inside), 0);
	if (available & SANDBOX_LANDLOCK) {
		CHECK_EQ(in_sandbox(&reading, try_open), EACCES);
		CHECK_EQ(in_sandbox(&reading, write_inside), EACCES);
		CHECK_EQ(in_sandbox(&writing, try_open), EACCES);
		CHECK_EQ(in_sandbox(&writing, try_create), EACCES);
	}
	if (available & SANDBOX_SECCOMP)
		CHECK_EQ(in_sandbox(&writing, run_inside), -SIGSYS);
}

static void a_path_that_is_missing_is_an_error(void)
{
	static const struct sandbox_path missing[] = {
		{ "no-such-file", SANDBOX_READ }, { .path = NULL }
	};
	static const struct sandbox_options options = { .paths = missing };

	if (available & SANDBOX_LANDLOCK)
		CHECK_EQ(in_sandbox(&options, do_nothing),
			 STATUS_NO_ENTRY);
}

/* Threads that were there before are confined, too. */
static void *open_later(void *arg)
{
	int *pipe_fds = arg;
	char byte;

	if (read(pipe_fds[0], &byte, 1) != 1)
		return (void *)1;
	return (void *)(long)try_open();
}

static void other_threads_are_confined(void)
{
	static const struct sandbox_options strictest;
	struct lkl_error err = { "" };
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		pthread_t thread;
		int fds[2];
		void *got;

		if (pipe(fds) ||
		    pthread_create(&thread, NULL, open_later, fds) ||
		    sandbox_enter(&strictest, &err) < 0 ||
		    write(fds[1], "x", 1) != 1 ||
		    pthread_join(thread, &got))
			_exit(STATUS_NO_ENTRY);
		_exit((int)(long)got);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EACCES);
}

int main(void)
{
	available = find_layers();
	RUN(every_layer_is_in_effect);
	RUN(memory_is_closed_to_debuggers);
	RUN(nothing_is_forbidden_outside);
	RUN(what_is_open_stays_usable);
	RUN(threads_and_memory_work);
	RUN(aborts_as_always);
	RUN(privileges_are_gone);
	RUN(network_only_if_asked_for);
	RUN(paths_only_if_asked_for);
	RUN(a_path_that_is_missing_is_an_error);
	if (available & (SANDBOX_SECCOMP | SANDBOX_LANDLOCK))
		RUN(files_cannot_be_opened);
	if (available & SANDBOX_SECCOMP) {
		RUN(what_libraries_try_fails);
		RUN(what_attackers_try_kills);
		RUN(other_threads_are_confined);
	}
	return unit_exit();
}
