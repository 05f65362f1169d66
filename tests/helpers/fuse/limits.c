// SPDX-License-Identifier: GPL-2.0-only
/*
 * limits.c - calls that FUSE does not pass on, or not all of it.  The names of the
 * lines are those of the table in docs/lklfuse-limits.md.
 *
 * Usage: limits DIRECTORY
 */
#include "semantics.h"

#include <signal.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/quota.h>

#define MIB (1 << 20)

#ifndef RWF_DONTCACHE
#define RWF_DONTCACHE 0x80
#endif
#define GET_UUID _IOR(0x15, 0, char[17])	/* FS_IOC_GETFSUUID, since 6.9 */

static int make_mib(const char *name)
{
	static char data[MIB];
	int fd = (int)MUST(open(name, O_RDWR | O_CREAT | O_TRUNC, 0600));

	memset(data, 'x', sizeof(data));
	MUST(pwrite(fd, data, sizeof(data), 0) == MIB ? 0 : -1);
	MUST(fsync(fd));
	return fd;
}

static void extents(void)
{
	struct file_clone_range range = { .src_length = MIB };
	union {
		struct file_dedupe_range range;
		char room[sizeof(struct file_dedupe_range) +
			  sizeof(struct file_dedupe_range_info)];
	} dedupe = { .range = { .src_length = MIB, .dest_count = 1 } };
	struct fiemap map = { .fm_length = MIB };
	int from = make_mib("from"), to = make_mib("to");

	TRY("FICLONE", ioctl(to, FICLONE, from));
	range.src_fd = from;
	TRY("FICLONERANGE", ioctl(to, FICLONERANGE, &range));
	dedupe.range.info[0].dest_fd = to;
	TRY("FIDEDUPERANGE", ({
		int ret = ioctl(from, FIDEDUPERANGE, &dedupe);

		if (!ret && dedupe.range.info[0].status < 0) {
			errno = -dedupe.range.info[0].status;
			ret = -1;
		}
		ret;
	}));
	TRY("FS_IOC_FIEMAP", ioctl(from, FS_IOC_FIEMAP, &map));
	TRY("FALLOC_FL_UNSHARE_RANGE",
	    fallocate(to, FALLOC_FL_UNSHARE_RANGE, 0, MIB));
	TRY("FALLOC_FL_COLLAPSE_RANGE",
	    fallocate(to, FALLOC_FL_COLLAPSE_RANGE, 0, 65536));
	TRY("FALLOC_FL_INSERT_RANGE",
	    fallocate(to, FALLOC_FL_INSERT_RANGE, 0, 65536));
	close(from);
	close(to);
	MUST(unlink("from") | unlink("to"));
}

static void reading(void)
{
	static char buf[8192] __attribute__((aligned(4096)));
	struct iovec iov = { buf, sizeof(buf) };
	int fd = make_mib("f"), direct;

	/* The data are cached by now. */
	MUST(pread(fd, buf, sizeof(buf), 0));
	TRY("RWF_NOWAIT", preadv2(fd, &iov, 1, 0, RWF_NOWAIT));
	TRY("RWF_DONTCACHE", preadv2(fd, &iov, 1, 0, RWF_DONTCACHE));
	direct = open("f", O_RDONLY | O_DIRECT);
	if (direct < 0) {
		say("O_DIRECT, unaligned", -1);
	} else {
		TRY("O_DIRECT, unaligned", pread(direct, buf + 1, 100, 3));
		close(direct);
	}
	close(fd);
	MUST(unlink("f"));
}

static void caching(void)
{
	static char text[100000];
	int fd = (int)MUST(open("f", O_RDWR | O_CREAT, 0600));

	MUST(write(fd, text, sizeof(text)));
	TRY("blocks of data that were just written",
	    stat_of("f").st_blocks > 0);
	close(fd);
	MUST(unlink("f"));
}

static void watching(void)
{
	int fd = make_mib("f"), group;

	TRY("F_SETLEASE", ({
		close(fd);
		fd = (int)MUST(open("f", O_RDONLY));
		fcntl(fd, F_SETLEASE, F_RDLCK);
	}));
	group = fanotify_init(FAN_REPORT_FID, O_RDONLY);
	if (group < 0) {
		say("fanotify with FAN_REPORT_FID", -1);
	} else {
		TRY("fanotify with FAN_REPORT_FID",
		    fanotify_mark(group, FAN_MARK_ADD, FAN_MODIFY, AT_FDCWD,
				  "f"));
		close(group);
	}
	close(fd);
	MUST(unlink("f"));
}

static void attributes(void)
{
	struct statx st = { 0 };
	int fd = make_mib("f");

	MUST(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_DIOALIGN,
		   &st));
	TRY("statx: immutable, append-only, compressed, nodump",
	    !!(st.stx_attributes_mask & STATX_ATTR_IMMUTABLE));
	TRY("statx: STATX_DIOALIGN", !!(st.stx_mask & STATX_DIOALIGN));
	TRY("FS_IOC_GETFSUUID", ({
		char uuid[17];

		ioctl(fd, GET_UUID, uuid);
	}));
	TRY("FS_IOC_GET_ENCRYPTION_POLICY", ({
		struct fscrypt_policy_v1 policy;

		ioctl(fd, FS_IOC_GET_ENCRYPTION_POLICY, &policy);
	}));
	TRY("FS_IOC_GET_ENCRYPTION_POLICY_EX", ({
		struct fscrypt_get_policy_ex_arg policy = {
			.policy_size = sizeof(policy.policy),
		};

		ioctl(fd, FS_IOC_GET_ENCRYPTION_POLICY_EX, &policy);
	}));
	TRY("FS_IOC_SET_ENCRYPTION_POLICY", ({
		struct fscrypt_policy_v2 policy = {
			.version = FSCRYPT_POLICY_V2,
		};

		ioctl(fd, FS_IOC_SET_ENCRYPTION_POLICY, &policy);
	}));
	TRY("FS_IOC_GET_ENCRYPTION_PWSALT", ({
		unsigned char salt[16];

		ioctl(fd, FS_IOC_GET_ENCRYPTION_PWSALT, salt);
	}));
	TRY("FS_IOC_ADD_ENCRYPTION_KEY", ({
		struct fscrypt_add_key_arg key = { .raw_size = 0 };

		ioctl(fd, FS_IOC_ADD_ENCRYPTION_KEY, &key);
	}));
	close(fd);
	MUST(unlink("f"));
}

#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif

/* A user namespace that maps one user to another. */
static int user_namespace(void)
{
	char path[64];
	int fds[2], fd, status;
	pid_t pid;
	char c = 0;

	MUST(pipe2(fds, O_CLOEXEC));
	fflush(stdout);
	pid = (pid_t)MUST(fork());
	if (!pid) {
		if (syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */))
			_exit(1);
		if (write(fds[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	fd = -1;
	if (read(fds[0], &c, 1) == 1) {
		snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
		fd = (int)MUST(open(path, O_WRONLY));
		MUST(write(fd, "0 1000 1000", 11));
		close(fd);
		snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
		fd = (int)MUST(open(path, O_WRONLY));
		MUST(write(fd, "0 1000 1000", 11));
		close(fd);
		snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	close(fds[0]);
	kill(pid, SIGKILL);
	MUST(waitpid(pid, &status, 0));
	return fd;
}

/* Root of the host can try these. */
static void of_root(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	int tree, fd;

	if (geteuid() || access("/proc/1/root", R_OK)) {
		say_text("FIBMAP", "not tried");
		say_text("quotactl_fd", "not tried");
		say_text("an idmapped mount", "not tried");
		return;
	}
	fd = make_mib("f");
	/* Whether the block is known; swap files need that. */
	TRY("FIBMAP", ({
		int block = 0;

		ioctl(fd, FIBMAP, &block) ? -1 : !!block;
	}));
	close(fd);
	MUST(unlink("f"));

	TRY("quotactl_fd", ({
		struct if_dqinfo info;
		int dir = (int)MUST(open(".", O_RDONLY));
		long ret = syscall(443, dir, QCMD(Q_GETINFO, USRQUOTA), 0,
				   &info);

		close(dir);
		ret;
	}));
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, ".",
			    1 /* OPEN_TREE_CLONE */ | O_CLOEXEC);
	fd = user_namespace();
	if (tree < 0 || fd < 0) {
		say("an idmapped mount", -1);
	} else {
		attr.userns_fd = (uint64_t)fd;
		TRY("an idmapped mount",
		    syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr,
			    sizeof(attr)));
	}
	close(tree);
	close(fd);
}

int main(int argc, char **argv)
{
	semantics_begin(argc, argv);
	extents();
	reading();
	caching();
	watching();
	attributes();
	of_root();
	return semantics_end();
}
