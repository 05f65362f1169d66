/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attack-list.h - the attacks, and the layer that refuses each.  An attack is a
 * function without arguments: it returns 0 if it worked, otherwise an errno.
 *
 * Included by attacks.c only, which sets the paths and the victim.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "common/sandbox/sandbox.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif

extern char **environ;

/* Exit statuses of a child, above all errnos. */
#define STATUS_NO_ENTRY	200
#define STATUS_NO_TEST	201

static char top[3000];			/* the directory of the test */
static char secret[4096], file[4096], made[4096], listener[4096];
static pid_t victim;
static bool is_root;

static int failed(long ret)
{
	return ret < 0 ? errno : 0;
}

/* ---- Attacks on files outside; each returns 0 if it worked ---- */

static int open_file(void)
{
	struct open_how how = { .flags = O_RDONLY };
	int fd = open(secret, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fd = (int)syscall(SYS_openat2, AT_FDCWD, secret, &how,
				  sizeof(how));
	return failed(fd);
}

static int write_file(void)
{
	return failed(open(file, O_WRONLY | O_CLOEXEC));
}

/* The image can put links into the destination. */
static int open_link(void)
{
	return open("dest/link", O_RDWR | O_CLOEXEC) >= 0 ? 0 :
		failed(open("link", O_RDWR | O_CLOEXEC));
}

static int open_parent(void)
{
	return open("../secret", O_RDONLY | O_CLOEXEC) >= 0 ? 0 :
		failed(open("secret", O_RDONLY | O_CLOEXEC));
}

static int create_file(void)
{
	return failed(open(made, O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static int make_directory(void)
{
	return failed(mkdir(made, 0700));
}

static int make_symlink(void)
{
	return failed(symlink("anywhere", made));
}

static int remove_file(void)
{
	return failed(unlink(file));
}

static int rename_file(void)
{
	return failed(rename(file, made));
}

/* A second name that is within reach. */
static int link_file(void)
{
	return !link(secret, "dest/name") ? 0 : failed(link(secret, "name"));
}

static int truncate_file(void)
{
	return failed(truncate(file, 0));
}

/* ---- Attacks on attributes ---- */

static int change_mode(void)
{
	char path[64];
	int fd;

	if (!chmod(file, 0777) || !fchmodat(AT_FDCWD, file, 0777, 0) ||
	    !syscall(SYS_fchmodat2, AT_FDCWD, file, 0777, 0))
		return 0;
	fd = open(file, O_PATH | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd < 0 ? errno :
		!chmod(path, 0777) || !fchmod(fd, 0777) ? 0 : errno;
}

static int change_owner(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	int fd;

	if (!chown(file, uid, gid) || !lchown(file, uid, gid) ||
	    !fchownat(AT_FDCWD, file, uid, gid, 0))
		return 0;
	fd = open(file, O_PATH | O_CLOEXEC);
	return fd < 0 ? errno :
		failed(fchownat(fd, "", uid, gid, AT_EMPTY_PATH));
}

static int change_times(void)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
	int fd;

	if (!utimensat(AT_FDCWD, file, times, 0) || !utime(file, NULL))
		return 0;
	fd = open(file, O_PATH | O_CLOEXEC);
	return fd < 0 ? errno :
		failed(utimensat(fd, "", times, AT_EMPTY_PATH));
}

/* The same attribute for all, as a file system may have none but ACLs. */
static int change_xattr(void)
{
	struct {
		uint64_t value;
		uint32_t size, flags;
	} args = { (uintptr_t)"x", 1, 0 };

	return !setxattr(file, "user.attack", "x", 1, 0) ||
		!lsetxattr(file, "user.attack", "x", 1, 0) ||
		!syscall(SYS_setxattrat, AT_FDCWD, file, 0, "user.attack",
			 &args, sizeof(args)) ? 0 : errno;
}

/* ---- Attacks with devices: only root has them ---- */

static int make_device(void)
{
	int fd;

	if (mknod(made, S_IFCHR | 0600, makedev(1, 3)) &&
	    mknod("dest/device", S_IFCHR | 0600, makedev(1, 3)) &&
	    mknod("device", S_IFCHR | 0600, makedev(1, 3)) &&
	    mknod("device", S_IFBLK | 0600, makedev(7, 0)))
		return errno;
	fd = open(made, O_RDWR | O_CLOEXEC);
	return failed(fd);
}

static int open_device(void)
{
	return open("dest/null", O_RDWR | O_CLOEXEC) >= 0 ? 0 :
		failed(open("null", O_RDWR | O_CLOEXEC));
}

/* One that everybody may open. */
static int open_other_device(void)
{
	return failed(open("/dev/zero", O_RDONLY | O_CLOEXEC));
}

static int open_by_handle(void)
{
	char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	struct file_handle *handle = (struct file_handle *)space;
	int mount_id;

	handle->handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, file, handle, &mount_id, 0))
		return errno;
	return failed(open_by_handle_at(AT_FDCWD, handle, O_RDONLY));
}

static int change_root(void)
{
	return failed(chroot("."));
}

/* Where only this process sees it. */
static int mount_something(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return errno;
	return failed(mount("none", top, "tmpfs", 0, NULL));
}

/* ---- Attacks on processes, and on the host's kernel ---- */

static int run_program(void)
{
	char name[] = "true";
	char *const argv[] = { name, NULL };
	pid_t pid;

	return posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ);
}

static int replace_program(void)
{
	char name[] = "true";
	char *const argv[] = { name, NULL };

	/* If it works, its exit status is 0. */
	execve("/bin/true", argv, environ);
	return errno;
}

static int fork_process(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return failed(pid);
}

static int connect_socket(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%.100s", listener);
	return fd < 0 ? errno :
		failed(connect(fd, (struct sockaddr *)&addr, sizeof(addr)));
}

static int make_socket(void)
{
	return failed(socket(AF_INET, SOCK_STREAM, 0));
}

static int trace_process(void)
{
	return failed(ptrace(PTRACE_SEIZE, victim, NULL, NULL));
}

static int kill_process(void)
{
	return failed(kill(victim, SIGCONT));
}

static int kill_by_pidfd(void)
{
	int fd = (int)syscall(SYS_pidfd_open, victim, 0);

	return fd < 0 ? errno :
		failed(syscall(SYS_pidfd_send_signal, fd, SIGCONT, NULL, 0));
}

static int read_process(void)
{
	char byte;
	struct iovec to = { &byte, 1 }, from = { top, 1 };

	return failed(process_vm_readv(victim, &to, 1, &from, 1, 0));
}

static int read_limits(void)
{
	struct rlimit limit;

	return failed(prlimit(victim, RLIMIT_NOFILE, NULL, &limit));
}

/* An address in its memory. */
static int read_address(void)
{
	size_t size;
	void *list;

	return failed(syscall(SYS_get_robust_list, victim, &list, &size));
}

static int change_limits(void)
{
	const struct rlimit limit = { 64, 64 };

	return failed(prlimit(victim, RLIMIT_NOFILE, &limit, NULL));
}

/* Threads of lklfuse change their own policy, to one of two. */
static int change_policy(void)
{
	const struct sched_param param = { 0 };

	if (!sched_setscheduler(victim, SCHED_BATCH, &param) ||
	    !sched_setscheduler(victim, SCHED_IDLE, &param) ||
	    !sched_setscheduler(victim, SCHED_OTHER, &param))
		return 0;
	return failed(sched_setscheduler(0, SCHED_BATCH, &param));
}

static int change_identity(void)
{
	return failed(setresuid(getuid(), getuid(), getuid()));
}

static int make_namespace(void)
{
	return failed(unshare(CLONE_FS));
}

static int make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ?
		errno : 0;
}

/* How long a write to a shared page takes tells what others have in theirs. */
static int share_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret = failed(madvise(page, 4096, MADV_MERGEABLE));

	/* The host was built without. */
	return ret == EINVAL ? STATUS_NO_TEST : ret;
}

static int stay_dumpable(void)
{
	struct rlimit limit;

	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) ||
		getrlimit(RLIMIT_CORE, &limit) || !limit.rlim_max ? EPERM : 0;
}

#define PATHS	SANDBOX_LANDLOCK
#define CALLS	SANDBOX_SECCOMP
/* Landlock of newer kernels, no_new_privs, the loss of capabilities. */
#define OTHERS	0x1000u

static const struct attack {
	const char *name;
	int (*try)(void);
	/* The layer that refuses it to a tool that may open files. */
	unsigned int layer;
	bool needs_root;
} attacks[] = {
	{ "open a file", open_file, PATHS, false },
	{ "write to a file", write_file, PATHS, false },
	{ "follow a link out of the destination", open_link, PATHS, false },
	{ "open a file in the parent directory", open_parent, PATHS, false },
	{ "create a file", create_file, PATHS, false },
	{ "make a directory", make_directory, PATHS, false },
	{ "make a link", make_symlink, PATHS, false },
	{ "remove a file", remove_file, PATHS, false },
	{ "rename a file", rename_file, PATHS, false },
	{ "link to a file", link_file, PATHS, false },
	{ "truncate a file", truncate_file, CALLS | PATHS, false },
	{ "change a file's mode", change_mode, CALLS, false },
	{ "change a file's owner", change_owner, CALLS, false },
	{ "change a file's times", change_times, CALLS, false },
	{ "change a file's extended attributes", change_xattr, CALLS, false },
	{ "make a device", make_device, CALLS | PATHS, true },
	{ "open a device", open_device, 0, true },
	{ "open a device of the host", open_other_device, PATHS, false },
	{ "open a file by its handle", open_by_handle, CALLS, true },
	{ "change the root", change_root, CALLS, true },
	{ "mount", mount_something, CALLS, true },
	{ "run a program", run_program, CALLS | PATHS, false },
	{ "become another program", replace_program, CALLS | PATHS, false },
	{ "fork", fork_process, CALLS, false },
	{ "connect to a socket", connect_socket, CALLS, false },
	{ "make a socket", make_socket, CALLS, false },
	{ "trace a process", trace_process, CALLS | OTHERS, false },
	{ "send a signal", kill_process, CALLS | OTHERS, false },
	{ "send a signal in another way", kill_by_pidfd, CALLS | OTHERS, false },
	{ "read a process", read_process, CALLS | OTHERS, false },
	{ "read the limits of a process", read_limits, CALLS, false },
	{ "read an address of a process", read_address, CALLS | OTHERS, false },
	{ "limit a process", change_limits, CALLS, false },
	{ "change a scheduling policy", change_policy, CALLS, false },
	{ "change the identity", change_identity, CALLS, false },
	{ "leave what threads share", make_namespace, CALLS, false },
	{ "make code", make_code, CALLS, false },
	{ "share memory", share_memory, CALLS, false },
	{ "be dumped", stay_dumpable, CALLS | OTHERS, false },
};

#define ATTACKS (sizeof(attacks) / sizeof(*attacks))
