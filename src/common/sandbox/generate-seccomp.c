// SPDX-License-Identifier: GPL-2.0-only
/*
 * generate-seccomp.c - writes the filters of system calls as C arrays, at build
 * time.
 *
 * Building a filter with libseccomp takes longer than a tool takes to mount an
 * image, so the build does it.  There is one filter for each combination of
 * enum seccomp_paths and enum seccomp_network (seccomp-filters.h).
 *
 * A filter allows the calls in the allowed lists.  Of the other calls:
 *
 * - those that open files and sockets fail with EACCES.  Libraries try them and
 *   cope with the failure.
 * - those that only an attacker would make kill the process.
 * - all others fail with ENOSYS, as on a kernel that does not know them.  A new
 *   libc that tries a new call falls back to an old one.  clone3() is among
 *   them, since a filter cannot see its flags.
 *
 * SECCOMP_PROGRAMS is for programs of the host, such as mkfs, which are trusted
 * but need no more than files: its filters allow all calls that are not listed
 * here as forbidden.
 *
 * Usage: generate-seccomp ARCHITECTURE >seccomp-filters.inc, with the host's
 * architecture as libseccomp calls it, such as x86_64 or aarch64
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>

#ifdef __clang__
/* In the macros of <seccomp.h>. */
#pragma clang diagnostic ignored "-Wmissing-field-initializers"
#endif
#include <seccomp.h>

#include "seccomp-filters.h"

/* <linux/blkzoned.h> and <linux/fuse.h> are not everywhere. */
#ifndef BLKGETZONESZ
#define BLKGETZONESZ		_IOR(0x12, 132, uint32_t)
#endif
#define FUSE_CLONE_DEVICE	_IOR(229, 0, uint32_t)
#define IORING_REGISTER_ENABLE_RINGS 12
/* Newer than <linux/seccomp.h> may be; the first one has 24 bytes. */
#define SECCOMP_IOCTL_NOTIF_ADDFD_ _IOC(_IOC_WRITE, '!', 3, 24)
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS_ _IOW('!', 4, uint64_t)
#ifndef PR_SET_VMA
#define PR_SET_VMA		0x53564d41
#endif

/* Newer than some libseccomp; the same numbers on all 64-bit hosts. */
#define FCHMODAT2		452
#define PROCESS_MRELEASE	448

/*
 * The first call that programs do not have: setxattrat(), of Linux 6.13.  libseccomp
 * cannot add the number of a call that it does not know to the filter of another
 * architecture.
 */
#define FIRST_UNKNOWN		463

static const int allowed[] = {
	/* Memory; madvise(), mmap() and mprotect() are below. */
	SCMP_SYS(brk), SCMP_SYS(membarrier),
	SCMP_SYS(memfd_create), SCMP_SYS(mincore), SCMP_SYS(mremap),
	SCMP_SYS(msync), SCMP_SYS(munmap),
	/* Data of open files. */
	SCMP_SYS(copy_file_range), SCMP_SYS(fadvise64), SCMP_SYS(fallocate),
	SCMP_SYS(fdatasync), SCMP_SYS(fsync), SCMP_SYS(ftruncate),
	SCMP_SYS(lseek), SCMP_SYS(pread64), SCMP_SYS(preadv),
	SCMP_SYS(preadv2), SCMP_SYS(pwrite64), SCMP_SYS(pwritev),
	SCMP_SYS(pwritev2), SCMP_SYS(read), SCMP_SYS(readahead),
	SCMP_SYS(readv), SCMP_SYS(sendfile), SCMP_SYS(splice),
	SCMP_SYS(sync_file_range), SCMP_SYS(tee), SCMP_SYS(vmsplice),
	SCMP_SYS(write), SCMP_SYS(writev),
	/* Descriptors; sendto() to whom they are connected is below. */
	SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2),
	SCMP_SYS(dup3), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2), SCMP_SYS(epoll_wait),
	SCMP_SYS(eventfd2), SCMP_SYS(flock), SCMP_SYS(fstat),
	SCMP_SYS(fstatfs), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(poll),
	SCMP_SYS(ppoll), SCMP_SYS(pselect6), SCMP_SYS(recvmsg), SCMP_SYS(select),
	SCMP_SYS(shutdown), SCMP_SYS(signalfd4), SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_gettime), SCMP_SYS(timerfd_settime),
	/*
	 * Rings that are there.  What they are told to do goes past this
	 * filter, but these are restricted: they can only read, or answer
	 * requests from /dev/fuse.  No others are made; io_uring_register() is
	 * below.
	 */
	SCMP_SYS(io_uring_enter),
	/* Threads and signals; clone(), kill() and tgkill() are below. */
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(futex),
	SCMP_SYS(futex_waitv), SCMP_SYS(getcpu),
	SCMP_SYS(pause), SCMP_SYS(restart_syscall), SCMP_SYS(rseq),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigpending),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigsuspend), SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(sched_get_priority_max), SCMP_SYS(sched_get_priority_min),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_getparam),
	SCMP_SYS(sched_getscheduler), SCMP_SYS(sched_yield),
	SCMP_SYS(set_robust_list), SCMP_SYS(set_tid_address),
	SCMP_SYS(sigaltstack), SCMP_SYS(wait4), SCMP_SYS(waitid),
	/* Time and random numbers. */
	SCMP_SYS(alarm), SCMP_SYS(clock_getres), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(getitimer), SCMP_SYS(getrandom),
	SCMP_SYS(gettimeofday), SCMP_SYS(nanosleep), SCMP_SYS(setitimer),
	SCMP_SYS(time), SCMP_SYS(timer_create), SCMP_SYS(timer_delete),
	SCMP_SYS(timer_gettime), SCMP_SYS(timer_settime), SCMP_SYS(times),
	/* About ourselves; prlimit64() is below. */
	SCMP_SYS(capget), SCMP_SYS(getegid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getgroups), SCMP_SYS(getpgrp),
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(getresgid),
	SCMP_SYS(getresuid), SCMP_SYS(getrlimit), SCMP_SYS(getrusage),
	SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(sysinfo),
	SCMP_SYS(umask), SCMP_SYS(uname),
};

/*
 * With the option network: use of connected sockets.  sendmsg() must stay out: a
 * filter does not see its address, and the datagram socket of the system log can
 * send to others.
 */
static const int allowed_network[] = {
	SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(getsockopt),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmmsg), SCMP_SYS(setsockopt),
};

/* GnuTLS sends with it. */
static const int allowed_tls[] = {
	SCMP_SYS(sendmsg),
};

static const int allowed_connect[] = {
	SCMP_SYS(connect), SCMP_SYS(sendmmsg), SCMP_SYS(socket), SCMP_SYS(socketpair),
};

/* With paths to read from; descriptors for a guardian. */
static const int allowed_read[] = {
	SCMP_SYS(access), SCMP_SYS(chdir), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(fchdir), SCMP_SYS(fgetxattr),
	SCMP_SYS(flistxattr), SCMP_SYS(getcwd), SCMP_SYS(getdents64),
	SCMP_SYS(getxattr), SCMP_SYS(lgetxattr), SCMP_SYS(listxattr),
	SCMP_SYS(llistxattr), SCMP_SYS(lstat), SCMP_SYS(newfstatat),
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(sendmsg),
	SCMP_SYS(stat), SCMP_SYS(statfs), SCMP_SYS(statx),
};

/*
 * With paths to write to.  Attributes are changed by descriptor only: Landlock
 * does not see the calls that do so by path.  futimens() and mknodat() are
 * below.
 */
static const int allowed_write[] = {
	SCMP_SYS(creat), SCMP_SYS(fchmod), SCMP_SYS(fchown),
	SCMP_SYS(fremovexattr), SCMP_SYS(fsetxattr), SCMP_SYS(link),
	SCMP_SYS(linkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(rmdir), SCMP_SYS(symlink), SCMP_SYS(symlinkat),
	SCMP_SYS(syncfs), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
};

/*
 * For lklrun: processes that it forked before, their memory and descriptors, and
 * the files of the host that it shows to them, whose attributes they may change.
 * It cannot start programs or make sockets.
 */
static const int allowed_tracer[] = {
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_open),
	SCMP_SYS(pidfd_getfd), SCMP_SYS(kill), SCMP_SYS(inotify_init1),
	SCMP_SYS(inotify_add_watch), SCMP_SYS(inotify_rm_watch),
	SCMP_SYS(fchmodat), FCHMODAT2,
	SCMP_SYS(fchownat), SCMP_SYS(utimensat), SCMP_SYS(truncate),
	SCMP_SYS(setxattr), SCMP_SYS(lsetxattr), SCMP_SYS(removexattr),
	SCMP_SYS(lremovexattr), SCMP_SYS(mknodat),
	/* With sockets of the program. */
	SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(getsockname),
	SCMP_SYS(getpeername), SCMP_SYS(getsockopt),
};

/*
 * Libraries may try these.  newfstatat() and statx() with an empty path stand for
 * fstat(), but a filter cannot see whether the path is empty: seccomp.c replaces
 * libc's fstat().
 */
static const int refused[] = {
	SCMP_SYS(access), SCMP_SYS(bind), SCMP_SYS(chmod), SCMP_SYS(chown),
	SCMP_SYS(connect), SCMP_SYS(creat), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(fchmodat), FCHMODAT2,
	SCMP_SYS(fchownat), SCMP_SYS(futimesat), SCMP_SYS(lchown),
	SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(lremovexattr),
	SCMP_SYS(lsetxattr), SCMP_SYS(lstat), SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat), SCMP_SYS(mknod), SCMP_SYS(newfstatat),
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(removexattr),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(setxattr), SCMP_SYS(socket), SCMP_SYS(socketpair),
	SCMP_SYS(stat), SCMP_SYS(statfs), SCMP_SYS(statx),
	SCMP_SYS(truncate), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(utime),
	SCMP_SYS(utimes),
};

/* The same, if there are no paths to write to. */
static const int refused_without_write[] = {
	SCMP_SYS(mknodat), SCMP_SYS(utimensat),
};

static const int deadly[] = {
	/* Other programs and processes. */
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(pidfd_getfd),
	SCMP_SYS(process_madvise), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(ptrace),
	/* The process's view of the system, and its identity. */
	SCMP_SYS(chroot), SCMP_SYS(fsconfig), SCMP_SYS(fsmount),
	SCMP_SYS(fsopen), SCMP_SYS(fspick), SCMP_SYS(mount),
	SCMP_SYS(mount_setattr), SCMP_SYS(move_mount),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(open_tree),
	SCMP_SYS(pivot_root), SCMP_SYS(setfsgid), SCMP_SYS(setfsuid),
	SCMP_SYS(setgid), SCMP_SYS(setgroups), SCMP_SYS(setns),
	SCMP_SYS(setregid), SCMP_SYS(setresgid), SCMP_SYS(setresuid),
	SCMP_SYS(setreuid), SCMP_SYS(setuid), SCMP_SYS(umount2),
	SCMP_SYS(unshare),
	/* The host. */
	SCMP_SYS(acct), SCMP_SYS(add_key), SCMP_SYS(bpf),
	SCMP_SYS(clock_settime), SCMP_SYS(delete_module),
	SCMP_SYS(finit_module), SCMP_SYS(init_module), SCMP_SYS(ioperm),
	SCMP_SYS(iopl), SCMP_SYS(kexec_file_load), SCMP_SYS(kexec_load),
	SCMP_SYS(keyctl), SCMP_SYS(perf_event_open), SCMP_SYS(quotactl),
	SCMP_SYS(reboot), SCMP_SYS(request_key), SCMP_SYS(sethostname),
	SCMP_SYS(settimeofday), SCMP_SYS(swapoff), SCMP_SYS(swapon),
	SCMP_SYS(userfaultfd), SCMP_SYS(vhangup),
};

/*
 * For the library, libblkid, isatty(), the width of a terminal, and further
 * descriptors of a FUSE session.  TIOCSTI must stay out: it types into the
 * terminal.
 */
static const unsigned long ioctls[] = {
	BLKDISCARD, BLKZEROOUT, BLKGETSIZE, BLKGETSIZE64, BLKSSZGET,
	BLKPBSZGET, BLKROGET, BLKIOMIN, BLKIOOPT, BLKALIGNOFF,
	BLKDISCARDZEROES, BLKGETZONESZ,
	FICLONE, FICLONERANGE, FIONREAD, FIONBIO, FIOCLEX,
	TCGETS, TIOCGWINSZ,
	FUSE_CLONE_DEVICE,
};

/* Answers to the program that lklrun traces. */
static const unsigned long tracer_ioctls[] = {
	SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND,
	SECCOMP_IOCTL_NOTIF_ID_VALID, SECCOMP_IOCTL_NOTIF_ADDFD_,
	SECCOMP_IOCTL_NOTIF_SET_FLAGS_,
};

/* F_SETOWN and F_SETSIG must stay out: they make the kernel send signals. */
static const int fcntls[] = {
	F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL,
	F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW,
	F_GETPIPE_SZ, F_SETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS,
};

/*
 * Those that concern our own memory.  MADV_HWPOISON, MADV_SOFT_OFFLINE and
 * MADV_MERGEABLE must stay out: they take pages from the host, and tell what
 * others have in theirs.
 */
static const int advices[] = {
	MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
	MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK,
	MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP, MADV_DODUMP,
	MADV_WIPEONFORK, MADV_KEEPONFORK,
	20, 21,			/* MADV_COLD, MADV_PAGEOUT */
	22, 23,			/* MADV_POPULATE_READ, MADV_POPULATE_WRITE */
	24, 25,			/* MADV_DONTNEED_LOCKED, MADV_COLLAPSE */
	102, 103,		/* MADV_GUARD_INSTALL, MADV_GUARD_REMOVE */
};

/*
 * For programs: no connections, no other processes, and no attributes of files,
 * which Landlock does not guard: a descriptor for reading is enough to change
 * them.  No rings, whose requests no filter sees.
 * clone3() fails as if it were unknown, since a filter cannot see its flags.
 */
static const struct {
	int call;
	int error;
} refused_to_programs[] = {
	{ SCMP_SYS(accept), EACCES }, { SCMP_SYS(accept4), EACCES },
	{ SCMP_SYS(bind), EACCES }, { SCMP_SYS(connect), EACCES },
	{ SCMP_SYS(listen), EACCES }, { SCMP_SYS(socket), EACCES },
	{ SCMP_SYS(socketpair), EACCES }, { SCMP_SYS(clone3), ENOSYS },
	{ SCMP_SYS(io_uring_setup), ENOSYS },
	{ SCMP_SYS(kcmp), EPERM }, { SCMP_SYS(pidfd_open), EPERM },
	{ SCMP_SYS(pidfd_send_signal), EPERM },
	{ PROCESS_MRELEASE, EPERM }, { SCMP_SYS(setpriority), EPERM },
	{ SCMP_SYS(ioprio_set), EPERM }, { SCMP_SYS(move_pages), EPERM },
	{ SCMP_SYS(migrate_pages), EPERM },
	{ SCMP_SYS(msgget), EPERM }, { SCMP_SYS(semget), EPERM },
	{ SCMP_SYS(shmget), EPERM }, { SCMP_SYS(mq_open), EPERM },
	{ SCMP_SYS(mq_unlink), EPERM },
	{ SCMP_SYS(chmod), EPERM }, { SCMP_SYS(fchmod), EPERM },
	{ SCMP_SYS(fchmodat), EPERM }, { FCHMODAT2, ENOSYS },
	{ SCMP_SYS(chown), EPERM }, { SCMP_SYS(fchown), EPERM },
	{ SCMP_SYS(lchown), EPERM }, { SCMP_SYS(fchownat), EPERM },
	{ SCMP_SYS(utime), EPERM }, { SCMP_SYS(utimes), EPERM },
	{ SCMP_SYS(futimesat), EPERM }, { SCMP_SYS(utimensat), EPERM },
	{ SCMP_SYS(setxattr), EPERM }, { SCMP_SYS(fsetxattr), EPERM },
	{ SCMP_SYS(lsetxattr), EPERM }, { SCMP_SYS(removexattr), EPERM },
	{ SCMP_SYS(fremovexattr), EPERM }, { SCMP_SYS(lremovexattr), EPERM },
};

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))

static void die_if(int ret, const char *step, int call)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "generate-seccomp: %s (system call %d): %s\n", step,
		call, strerror(-ret));
	exit(EXIT_FAILURE);
}

static void add_calls(scmp_filter_ctx filter, uint32_t action,
		      const int *calls, size_t n)
{
	size_t i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = seccomp_rule_add_array(filter, action, calls[i], 0, NULL);
		/* -EEXIST: an option already allows this call. */
		if (ret != -EEXIST)
			die_if(ret, "add a call", calls[i]);
	}
}

static void add_rule(scmp_filter_ctx filter, uint32_t action, int call,
		     struct scmp_arg_cmp arg)
{
	die_if(seccomp_rule_add_array(filter, action, call, 1, &arg),
	       "add a rule", call);
}

/* With paths to write to: futimens(); fifos and sockets, but no devices. */
static void add_write_rules(scmp_filter_ctx filter)
{
	add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(utimensat),
		 SCMP_A1_64(SCMP_CMP_EQ, 0));
	add_rule(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(utimensat),
		 SCMP_A1_64(SCMP_CMP_NE, 0));
	add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(mknodat),
		 SCMP_A2_32(SCMP_CMP_MASKED_EQ, S_IFMT, S_IFIFO));
	add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(mknodat),
		 SCMP_A2_32(SCMP_CMP_MASKED_EQ, S_IFMT, S_IFSOCK));
}

/* Only the calling thread, and no more than it had. */
static void add_policy_rule(scmp_filter_ctx filter, int policy)
{
	const struct scmp_arg_cmp args[] = {
		SCMP_A0_32(SCMP_CMP_EQ, 0),
		SCMP_A1_32(SCMP_CMP_EQ, (scmp_datum_t)policy),
	};

	die_if(seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
				      SCMP_SYS(sched_setscheduler),
				      ARRAY_SIZE(args), args),
	       "add a rule", SCMP_SYS(sched_setscheduler));
}

/* Only our own, and only to read them. */
static void add_limits_rule(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp args[] = {
		SCMP_A0_32(SCMP_CMP_EQ, 0), SCMP_A2_64(SCMP_CMP_EQ, 0),
	};

	die_if(seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
				      SCMP_SYS(prlimit64), ARRAY_SIZE(args),
				      args),
	       "add a rule", SCMP_SYS(prlimit64));
}

/* Calls that one of their arguments allows or forbids. */
static void add_argument_rules(scmp_filter_ctx filter, enum seccomp_paths paths)
{
	/* Allow threads; forbid processes and namespaces. */
	const scmp_datum_t thread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
	const scmp_datum_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP |
		CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
		CLONE_NEWNET;
	const scmp_datum_t self = SECCOMP_PID_PLACEHOLDER;
	const struct {
		int call;
		struct scmp_arg_cmp arg;
	} rules[] = {
		{ SCMP_SYS(clone), SCMP_A0_64(SCMP_CMP_MASKED_EQ,
					      thread | namespaces, thread) },
		/* No new executable memory. */
		{ SCMP_SYS(mmap), SCMP_A2_64(SCMP_CMP_MASKED_EQ,
					     PROT_EXEC, 0) },
		{ SCMP_SYS(mprotect), SCMP_A2_64(SCMP_CMP_MASKED_EQ,
						 PROT_EXEC, 0) },
		{ SCMP_SYS(kill), SCMP_A0_32(SCMP_CMP_EQ, self) },
		{ SCMP_SYS(tgkill), SCMP_A0_32(SCMP_CMP_EQ, self) },
		{ SCMP_SYS(rt_tgsigqueueinfo), SCMP_A0_32(SCMP_CMP_EQ, self) },
		{ SCMP_SYS(get_robust_list), SCMP_A0_32(SCMP_CMP_EQ, 0) },
		/* Names of threads and of mappings. */
		{ SCMP_SYS(prctl), SCMP_A0_32(SCMP_CMP_EQ, PR_SET_NAME) },
		{ SCMP_SYS(prctl), SCMP_A0_32(SCMP_CMP_EQ, PR_GET_NAME) },
		{ SCMP_SYS(prctl), SCMP_A0_32(SCMP_CMP_EQ, PR_SET_VMA) },
		/* Rings that were made, but not enabled, with restrictions. */
		{ SCMP_SYS(io_uring_register),
		  SCMP_A1_32(SCMP_CMP_EQ, IORING_REGISTER_ENABLE_RINGS) },
		/* Only the calling thread. */
		{ SCMP_SYS(sched_setaffinity), SCMP_A0_32(SCMP_CMP_EQ, 0) },
		/* Only to the peer of a connected socket, such as the log. */
		{ SCMP_SYS(sendto), SCMP_A4_64(SCMP_CMP_EQ, 0) },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		add_rule(filter, SCMP_ACT_ALLOW, rules[i].call, rules[i].arg);
	add_limits_rule(filter);
	add_policy_rule(filter, SCHED_IDLE);
	add_policy_rule(filter, SCHED_OTHER);
	/* The kernel ignores the upper half of the register. */
	for (i = 0; i < ARRAY_SIZE(ioctls); i++)
		add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl),
			 SCMP_A1_64(SCMP_CMP_MASKED_EQ, UINT32_MAX, ioctls[i]));
	for (i = 0; i < ARRAY_SIZE(fcntls); i++)
		add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl),
			 SCMP_A1_32(SCMP_CMP_EQ, (scmp_datum_t)fcntls[i]));
	for (i = 0; i < ARRAY_SIZE(advices); i++)
		add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(madvise),
			 SCMP_A2_32(SCMP_CMP_EQ, (scmp_datum_t)advices[i]));
	if (paths == SECCOMP_TRACER) {
		for (i = 0; i < ARRAY_SIZE(tracer_ioctls); i++)
			add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl),
				 SCMP_A1_64(SCMP_CMP_MASKED_EQ, UINT32_MAX,
					    tracer_ioctls[i]));
		add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl),
			 SCMP_A1_32(SCMP_CMP_EQ, F_SETLEASE));
		add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl),
			 SCMP_A1_32(SCMP_CMP_EQ, F_ADD_SEALS));
	} else if (paths >= SECCOMP_WRITE) {
		add_write_rules(filter);
	}
}

static bool is_for_programs(int call)
{
	return call == SCMP_SYS(execve) || call == SCMP_SYS(execveat);
}

static void add_program_rules(scmp_filter_ctx filter)
{
	const int to_processes[] = {
		SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(tgkill),
		SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo),
	};
	/* Limits, and what the scheduler does. */
	const int about_processes[] = {
		SCMP_SYS(prlimit64), SCMP_SYS(sched_setaffinity),
		SCMP_SYS(sched_setattr), SCMP_SYS(sched_setparam),
		SCMP_SYS(sched_setscheduler), SCMP_SYS(get_robust_list),
	};
	/* These type into a terminal, or change attributes of files. */
	const unsigned long requests[] = {
		TIOCSTI, TIOCLINUX, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR,
	};
	const scmp_datum_t namespaces[] = {
		CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
		CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refused_to_programs); i++)
		add_calls(filter,
			  SCMP_ACT_ERRNO((uint32_t)refused_to_programs[i].error),
			  &refused_to_programs[i].call, 1);
	for (i = 0; i < ARRAY_SIZE(to_processes); i++)
		add_rule(filter, SCMP_ACT_ERRNO(EPERM), to_processes[i],
			 SCMP_A0_32(SCMP_CMP_NE, SECCOMP_PID_PLACEHOLDER));
	for (i = 0; i < ARRAY_SIZE(about_processes); i++)
		add_rule(filter, SCMP_ACT_ERRNO(EPERM), about_processes[i],
			 SCMP_A0_32(SCMP_CMP_NE, 0));
	for (i = 0; i < ARRAY_SIZE(namespaces); i++)
		add_rule(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone),
			 SCMP_A0_64(SCMP_CMP_MASKED_EQ, namespaces[i],
				    namespaces[i]));
	for (i = 0; i < ARRAY_SIZE(requests); i++)
		add_rule(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl),
			 SCMP_A1_64(SCMP_CMP_MASKED_EQ, UINT32_MAX,
				    requests[i]));
	for (i = 0; i < ARRAY_SIZE(deadly); i++)
		if (!is_for_programs(deadly[i]))
			add_calls(filter, SCMP_ACT_KILL_PROCESS, &deadly[i], 1);
}

static void add_all_rules(scmp_filter_ctx filter, enum seccomp_paths paths,
			  enum seccomp_network network)
{
	const struct {
		bool wanted;
		uint32_t action;
		const int *calls;
		size_t n;
	} lists[] = {
		{ true, SCMP_ACT_ALLOW, allowed, ARRAY_SIZE(allowed) },
		{ paths == SECCOMP_TRACER, SCMP_ACT_ALLOW, allowed_tracer,
		  ARRAY_SIZE(allowed_tracer) },
		{ paths >= SECCOMP_READ, SCMP_ACT_ALLOW, allowed_read,
		  ARRAY_SIZE(allowed_read) },
		{ paths >= SECCOMP_WRITE, SCMP_ACT_ALLOW, allowed_write,
		  ARRAY_SIZE(allowed_write) },
		{ network >= SECCOMP_CONNECTED, SCMP_ACT_ALLOW,
		  allowed_network, ARRAY_SIZE(allowed_network) },
		{ network >= SECCOMP_TLS, SCMP_ACT_ALLOW, allowed_tls,
		  ARRAY_SIZE(allowed_tls) },
		{ network >= SECCOMP_CONNECT, SCMP_ACT_ALLOW, allowed_connect,
		  ARRAY_SIZE(allowed_connect) },
		/* These come last: an earlier rule for the same call wins. */
		{ true, SCMP_ACT_ERRNO(EACCES), refused, ARRAY_SIZE(refused) },
		{ paths < SECCOMP_WRITE, SCMP_ACT_ERRNO(EACCES),
		  refused_without_write, ARRAY_SIZE(refused_without_write) },
		{ true, SCMP_ACT_KILL_PROCESS, deadly, ARRAY_SIZE(deadly) },
	};
	size_t i;

	if (paths == SECCOMP_PROGRAMS) {
		add_program_rules(filter);
		return;
	}
	add_argument_rules(filter, paths);
	for (i = 0; i < ARRAY_SIZE(lists); i++)
		if (lists[i].wanted)
			add_calls(filter, lists[i].action, lists[i].calls,
				  lists[i].n);
}

static void print_instruction(struct sock_filter insn)
{
	printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", insn.code, insn.jt, insn.jf, insn.k);
}

/* Calls that nobody has looked at fail as if they were unknown. */
static void print_end_of_calls(void)
{
	const struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_UNKNOWN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(insns); i++)
		print_instruction(insns[i]);
}

/* Write the program as an array; the caller has built the filter. */
static void print_program(scmp_filter_ctx filter, unsigned int paths,
			  unsigned int network)
{
	struct sock_filter insn;
	FILE *file = tmpfile();
	unsigned int placeholders = 0;

	if (!file) {
		perror("generate-seccomp: tmpfile");
		exit(EXIT_FAILURE);
	}
	die_if(seccomp_export_bpf(filter, fileno(file)), "export", -1);
	rewind(file);
	printf("static const struct sock_filter filter_%u_%u[] = {\n", paths,
	       network);
	if (paths == SECCOMP_PROGRAMS)
		print_end_of_calls();
	while (fread(&insn, sizeof(insn), 1, file) == 1) {
		placeholders += insn.k == SECCOMP_PID_PLACEHOLDER;
		print_instruction(insn);
	}
	printf("};\n\n");
	fclose(file);
	/* kill() and its kin compare the process id, perhaps in shared code. */
	if (!placeholders) {
		fprintf(stderr, "generate-seccomp: no filter compares the process id\n");
		exit(EXIT_FAILURE);
	}
}

int main(int argc, char **argv)
{
	uint32_t arch = argc == 2 ? seccomp_arch_resolve_name(argv[1]) : 0;
	unsigned int paths, network;
	scmp_filter_ctx filter;

	if (!arch) {
		fprintf(stderr, "usage: generate-seccomp ARCHITECTURE\n");
		return EXIT_FAILURE;
	}
	printf("/* Written by generate-seccomp for %s. */\n\n", argv[1]);
	for (paths = 0; paths < SECCOMP_PATHS; paths++) {
		for (network = 0; network < SECCOMP_NETWORKS; network++) {
			filter = seccomp_init(paths == SECCOMP_PROGRAMS ?
					      SCMP_ACT_ALLOW :
					      SCMP_ACT_ERRNO(ENOSYS));
			die_if(filter ? 0 : -ENOMEM, "make a filter", -1);
			if (arch != seccomp_arch_native()) {
				die_if(seccomp_arch_add(filter, arch),
				       "add the architecture", -1);
				die_if(seccomp_arch_remove(filter,
							   SCMP_ARCH_NATIVE),
				       "remove the native architecture", -1);
			}
			die_if(seccomp_attr_set(filter,
						SCMP_FLTATR_ACT_BADARCH,
						SCMP_ACT_KILL_PROCESS),
			       "set the action for other architectures", -1);
			/*
			 * A binary tree instead of a list of some hundred
			 * numbers; libseccomp before 2.5 has only the list.
			 */
			seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
			add_all_rules(filter, paths, network);
			print_program(filter, paths, network);
			seccomp_release(filter);
		}
	}

	printf("static const struct filter filters[SECCOMP_PATHS][SECCOMP_NETWORKS] = {\n");
	for (paths = 0; paths < SECCOMP_PATHS; paths++)
		for (network = 0; network < SECCOMP_NETWORKS; network++)
			printf("\t[%u][%u] = { filter_%u_%u, sizeof(filter_%u_%u) / sizeof(*filter_%u_%u) },\n",
			       paths, network, paths, network, paths, network,
			       paths, network);
	printf("};\n");
	return fflush(stdout) || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
