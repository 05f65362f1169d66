// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine.c - confines the process of a server before it runs its program.
 *
 * The program is not ours and its next release may make other system calls, so
 * the filter is a list of those that it must not make.  All functions here run
 * between fork() and execve(): only async-signal-safe ones are called.
 */
#define _GNU_SOURCE 1

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/capability.h>

#include "blk/system-filter.h"
#include "confine.h"

#ifdef HAVE_LANDLOCK
#include <linux/landlock.h>

/*
 * struct landlock_ruleset_attr of the newest kernel; the installed header may
 * be older.  A kernel accepts members that it does not know if they are zero.
 */
struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;	/* since version 4 */
	uint64_t scoped;		/* since version 6 */
};

#define FS_REFER	(1ull << 13)	/* since version 2 */
#define FS_TRUNCATE	(1ull << 14)	/* since version 3 */
#define NET_BOTH	3ull		/* bind and connect TCP sockets */
#define SCOPE_BOTH	3ull		/* abstract sockets, signals */

/* All rights of version 1. */
#define FS_FIRST	((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define FS_READ		(LANDLOCK_ACCESS_FS_READ_FILE | \
			 LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_RUN		(FS_READ | LANDLOCK_ACCESS_FS_EXECUTE)
#define FS_WRITE	(LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)
#define FS_MAKE		(FS_READ | FS_WRITE | LANDLOCK_ACCESS_FS_MAKE_REG | \
			 LANDLOCK_ACCESS_FS_REMOVE_FILE)

/* Where programs, libraries and their settings are; nobody's data. */
static const char *const program_folders[] = {
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt",
	"/gnu/store", "/nix/store", "/etc/ld.so.cache", "/etc/ld.so.preload",
};

/*
 * What the resolver and TLS read, where distributions have it.  Private keys
 * are beside the certificates, and not in these folders.
 */
static const char *const network_files[] = {
	"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf",
	"/etc/nsswitch.conf", "/etc/services", "/etc/protocols",
	"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem",
	"/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/tls/cert.pem",
	"/etc/pki/tls/openssl.cnf", "/etc/pki/ca-trust/extracted",
	"/etc/ca-certificates/extracted", "/var/lib/ca-certificates",
	"/etc/crypto-policies", "/run/systemd/resolve",
};

/* Beside the user's own settings, those of the host and the user's name. */
static const char *const settings_files[] = {
	"/etc/passwd", "/etc/group", "/etc/ssh/ssh_config",
	"/etc/ssh/ssh_config.d", "/etc/ssh/ssh_known_hosts",
};

/* A path that does not exist needs no rule. */
static int allow_path(int rules, const char *path, uint64_t access,
		      uint64_t handled)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = access & handled,
		.parent_fd = open(path, O_PATH | O_CLOEXEC),
	};
	struct stat st;
	int ret;

	if (rule.parent_fd < 0)
		return 0;
	if (!fstat(rule.parent_fd, &st) && !S_ISDIR(st.st_mode))
		rule.allowed_access &= ~(uint64_t)LANDLOCK_ACCESS_FS_READ_DIR;
	ret = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
		      &rule, 0) ? -errno : 0;
	close(rule.parent_fd);
	return ret;
}

/* Write access to the files in the folder of @path, which is absolute. */
static int allow_folder_of(int rules, const char *path, uint64_t handled)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	size_t len;

	if (!slash)
		return -EINVAL;
	len = slash == path ? 1 : slash - path;
	if (len >= sizeof(folder))
		return -ENAMETOOLONG;
	memcpy(folder, path, len);
	folder[len] = '\0';
	return allow_path(rules, folder, FS_READ | FS_WRITE, handled);
}

static int allow_paths(int rules, const char *const *paths, size_t n,
		       uint64_t access, uint64_t handled)
{
	int ret = 0;

	while (n-- && !ret)
		ret = allow_path(rules, *paths++, access, handled);
	return ret;
}

#define ALLOW_ALL(rules, paths, access, handled) \
	allow_paths(rules, paths, sizeof(paths) / sizeof((paths)[0]), access, \
		    handled)

static int allow_files(int rules, const struct server_limits *limits,
		       const char *program, uint64_t handled)
{
	const uint64_t image = limits->writable ? FS_READ | FS_WRITE : FS_READ;
	int ret;

	ret = allow_path(rules, program, FS_RUN, handled);
	if (!ret)
		ret = ALLOW_ALL(rules, program_folders, FS_RUN, handled);
	if (!ret && limits->network)
		ret = ALLOW_ALL(rules, network_files, FS_READ, handled);
	if (!ret && limits->settings)
		ret = allow_path(rules, limits->settings, FS_READ, handled);
	if (!ret && limits->settings)
		ret = ALLOW_ALL(rules, settings_files, FS_READ, handled);
	if (!ret && limits->temporary)
		ret = allow_path(rules, limits->temporary, FS_MAKE, handled);
	if (!ret)
		ret = allow_path(rules, "/dev/null", FS_READ | FS_WRITE,
				 handled);
	if (!ret)
		ret = allow_path(rules, "/dev/urandom", FS_READ, handled);
	if (!ret && limits->image)
		ret = allow_path(rules, limits->image, image, handled);
	if (!ret && limits->named_files)
		ret = allow_path(rules, "/", FS_READ, handled);
	if (!ret && limits->named_files && limits->writable && limits->image)
		ret = allow_folder_of(rules, limits->image, handled);
	return ret;
}

static int confine_files(const struct server_limits *limits,
			 const char *program)
{
	struct ruleset ruleset = { .handled_access_fs = FS_FIRST };
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);
	int rules, ret;

	/* The host does not have it, or a container refuses it. */
	if (version < 1)
		return 0;
	if (version >= 2)
		ruleset.handled_access_fs |= FS_REFER;
	if (version >= 3)
		ruleset.handled_access_fs |= FS_TRUNCATE;
	if (version >= 4 && !limits->network)
		ruleset.handled_access_net = NET_BOTH;
	if (version >= 6)
		ruleset.scoped = SCOPE_BOTH;
	rules = syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset),
			0);
	if (rules < 0)
		return -errno;
	ret = allow_files(rules, limits, program, ruleset.handled_access_fs);
	if (!ret && syscall(SYS_landlock_restrict_self, rules, 0))
		ret = -errno;
	close(rules);
	return ret;
}

#else /* !HAVE_LANDLOCK */

static int confine_files(const struct server_limits *limits,
			 const char *program)
{
	(void)limits;
	(void)program;
	return 0;
}

#endif

static int drop_inheritable_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	data[0].inheritable = data[1].inheritable = 0;
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/*
 * A program that root runs gets all capabilities of the bounding set.  It needs
 * those that open the image of another user, and none if it opens no image.
 */
static int confine_capabilities(const struct server_limits *limits)
{
	const uint64_t keep = !limits->image ? 0 :
			      1ull << CAP_DAC_OVERRIDE |
			      1ull << CAP_DAC_READ_SEARCH;
	unsigned long cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (!(cap < 64 && keep >> cap & 1) &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) && errno != EPERM)
			return -errno;
	return drop_inheritable_capabilities();
}

#define REFUSE(call) FILTER_CALL(call, FILTER_ERROR(EPERM))

/*
 * The last system call of Linux 5.17, on all architectures.  Nobody has looked
 * at later ones here, and the C library does without them.  The numbers of x32
 * are above it, too.
 */
#define LAST_CALL	450

/* The installed headers may be older.  These numbers are the same everywhere. */
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd		438
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise	440
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr	442
#endif
#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd		443
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease	448
#endif

/* Requests that change the attributes of an open file; FS_IOC_... */
#define IOCTL_SET_FLAGS		_IOW('f', 2, long)
#define IOCTL_SET_XATTR		_IOW('X', 32, char[28])

/* Calls that reach beyond open files, threads and memory. */
static int refuse_system_calls(void)
{
	struct sock_filter filter[] = {
		FILTER_BEGIN,
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_CALL, 0, 1),
		FILTER_RETURN(FILTER_ERROR(ENOSYS)),
		/* Other processes. */
		REFUSE(ptrace), REFUSE(process_vm_readv),
		REFUSE(process_vm_writev), REFUSE(process_madvise),
		REFUSE(process_mrelease), REFUSE(kcmp), REFUSE(kill),
		REFUSE(tkill), REFUSE(rt_sigqueueinfo),
		REFUSE(rt_tgsigqueueinfo), REFUSE(pidfd_open),
		REFUSE(pidfd_getfd), REFUSE(pidfd_send_signal),
		REFUSE(move_pages), REFUSE(migrate_pages),
		REFUSE(get_robust_list), REFUSE(setpriority),
		REFUSE(ioprio_set), REFUSE(sched_setparam),
		REFUSE(sched_setscheduler), REFUSE(sched_setaffinity),
		REFUSE(sched_setattr),
		/* What processes share. */
		REFUSE(shmget), REFUSE(shmat), REFUSE(shmctl),
		REFUSE(semget), REFUSE(semop), REFUSE(semtimedop),
		REFUSE(semctl), REFUSE(msgget), REFUSE(msgsnd),
		REFUSE(msgrcv), REFUSE(msgctl), REFUSE(mq_open),
		REFUSE(mq_unlink),
		/* The process's view of the system. */
		REFUSE(mount), REFUSE(umount2), REFUSE(pivot_root),
		REFUSE(chroot), REFUSE(fsopen), REFUSE(fsconfig),
		REFUSE(fsmount), REFUSE(fspick), REFUSE(move_mount),
		REFUSE(open_tree), REFUSE(mount_setattr), REFUSE(unshare),
		REFUSE(setns), REFUSE(open_by_handle_at),
		REFUSE(fanotify_init), REFUSE(fanotify_mark),
		/* The host. */
		REFUSE(bpf), REFUSE(perf_event_open), REFUSE(userfaultfd),
		REFUSE(add_key), REFUSE(request_key), REFUSE(keyctl),
		REFUSE(init_module), REFUSE(finit_module),
		REFUSE(delete_module), REFUSE(kexec_load),
#ifdef SYS_kexec_file_load
		REFUSE(kexec_file_load),
#endif
#ifdef SYS_iopl
		REFUSE(iopl), REFUSE(ioperm),
#endif
		REFUSE(reboot), REFUSE(swapon), REFUSE(swapoff), REFUSE(acct),
		REFUSE(quotactl), REFUSE(quotactl_fd), REFUSE(settimeofday),
		REFUSE(clock_settime), REFUSE(clock_adjtime), REFUSE(adjtimex),
		REFUSE(sethostname), REFUSE(setdomainname), REFUSE(vhangup),
		REFUSE(syslog),
		/* Requests through a ring pass no filter. */
		REFUSE(io_uring_setup), REFUSE(io_uring_enter),
		REFUSE(io_uring_register),
		/* Attributes of files, which Landlock does not guard. */
		REFUSE(fchmod), REFUSE(fchmodat), REFUSE(fchown),
		REFUSE(fchownat), REFUSE(setxattr), REFUSE(lsetxattr),
		REFUSE(fsetxattr), REFUSE(removexattr), REFUSE(lremovexattr),
		REFUSE(fremovexattr), REFUSE(utimensat), REFUSE(mknodat),
#ifdef SYS_chmod
		REFUSE(chmod), REFUSE(chown), REFUSE(lchown), REFUSE(utime),
		REFUSE(utimes), REFUSE(futimesat), REFUSE(mknod),
#endif
		FILTER_RETURN(SECCOMP_RET_ALLOW),
	};

	return system_filter_load(filter, sizeof(filter) / sizeof(filter[0]));
}

/* Limits and signals for this process are allowed. */
static int refuse_limits_of_others(void)
{
	struct sock_filter filter[] = {
		FILTER_BEGIN,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 4),
		FILTER_LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, getpid(), 1, 0),
		FILTER_RETURN(FILTER_ERROR(EPERM)),
		FILTER_RETURN(SECCOMP_RET_ALLOW),
	};

	return system_filter_load(filter, sizeof(filter) / sizeof(filter[0]));
}

static int refuse_attribute_requests(void)
{
	struct sock_filter filter[] = {
		FILTER_BEGIN,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 4),
		FILTER_LOAD(args[1]),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IOCTL_SET_FLAGS, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IOCTL_SET_XATTR, 0, 1),
		FILTER_RETURN(FILTER_ERROR(EPERM)),
		FILTER_RETURN(SECCOMP_RET_ALLOW),
	};

	return system_filter_load(filter, sizeof(filter) / sizeof(filter[0]));
}

/* It has the sockets that it inherits, which are connected streams. */
static int refuse_sockets(void)
{
	struct sock_filter filter[] = {
		FILTER_BEGIN,
		REFUSE(socket), REFUSE(socketpair), REFUSE(connect),
		REFUSE(bind), REFUSE(sendmmsg),
		FILTER_RETURN(SECCOMP_RET_ALLOW),
	};

	return system_filter_load(filter, sizeof(filter) / sizeof(filter[0]));
}

/* The rest are flags. */
#define SOCKET_TYPE_MASK	0xf

/*
 * Sockets of the Internet, and those that tell its addresses.  Landlock does not
 * guard local sockets with a path, such as those of D-Bus: what listens there
 * would do anything for the user.  A pair of datagram sockets could send to
 * them, too.  libcurl makes pairs of streams.
 */
static int refuse_local_sockets(const struct server_limits *limits)
{
	const unsigned int local = limits->agent ? AF_UNIX : AF_INET;
	struct sock_filter filter[] = {
		FILTER_BEGIN,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socketpair, 0, 8),
		FILTER_LOAD(args[1]),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SOCKET_TYPE_MASK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOCK_STREAM, 5, 6),
		FILTER_LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, local, 0, 1),
		FILTER_RETURN(SECCOMP_RET_ALLOW),
		FILTER_RETURN(FILTER_ERROR(EPERM)),
	};

	return system_filter_load(filter, sizeof(filter) / sizeof(filter[0]));
}

/* Threads are allowed.  The flags of clone3() are in memory: libc has clone(). */
static int refuse_processes(void)
{
	struct sock_filter filter[] = {
		FILTER_BEGIN,
#ifdef SYS_fork
		REFUSE(fork), REFUSE(vfork),
#endif
		FILTER_CALL(clone3, FILTER_ERROR(ENOSYS)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
		FILTER_LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
		FILTER_RETURN(FILTER_ERROR(EPERM)),
		FILTER_RETURN(SECCOMP_RET_ALLOW),
	};

	return system_filter_load(filter, sizeof(filter) / sizeof(filter[0]));
}

int server_confine(const struct server_limits *limits, const char *program)
{
	const struct rlimit none = { 0 };
	int ret = confine_capabilities(limits);

	setrlimit(RLIMIT_CORE, &none);
	if (!ret && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		ret = -errno;
	if (!ret)
		ret = confine_files(limits, program);
	if (!ret)
		ret = refuse_system_calls();
	if (!ret)
		ret = refuse_limits_of_others();
	if (!ret)
		ret = refuse_attribute_requests();
	if (!ret)
		ret = limits->network ? refuse_local_sockets(limits) :
					refuse_sockets();
	if (!ret)
		ret = refuse_processes();
	return ret;
}
