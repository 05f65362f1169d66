// SPDX-License-Identifier: GPL-2.0-only
/*
 * requests.c - ioctls and statx() for scripts.  Tools such as btrfs(8) refuse to
 * work on a FUSE mount.
 *
 * Usage: requests trim DIRECTORY           bytes that were trimmed
 *        requests subvolume DIRECTORY NAME
 *        requests subvolume2 DIRECTORY NAME    by the second kind of call
 *        requests snapshot DIRECTORY SOURCE NAME
 *        requests snapshot2 DIRECTORY SOURCE NAME
 *        requests read-only DIRECTORY SOURCE NAME    a snapshot
 *        requests delete DIRECTORY NAME    a subvolume
 *        requests delete2 DIRECTORY NAME
 *        requests birth FILE               seconds, or "none"
 *        requests flags FILE               as lsattr has them, in hexadecimal
 *        requests label DIRECTORY [NEW]    of the file system
 *        requests shutdown DIRECTORY
 *        requests enable-verity FILE [SALT]
 *        requests measure-verity FILE      in hexadecimal
 *        requests seek-data FILE           write to it and look for holes,
 *                                          until that fails; says "begun"
 *        requests as ID WHAT...            all that as another user, by root
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static int open_or_die(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		fprintf(stderr, "requests: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return fd;
}

static int fail(const char *what)
{
	fprintf(stderr, "requests: %s: %s\n", what, strerror(errno));
	return 1;
}

static int trim(const char *dir)
{
	struct fstrim_range range = { .len = UINT64_MAX };

	if (ioctl(open_or_die(dir), FITRIM, &range))
		return fail("FITRIM");
	printf("%llu\n", (unsigned long long)range.len);
	return 0;
}

static int change(const char *dir, unsigned long request, const char *what,
		  const char *source, const char *name)
{
	struct btrfs_ioctl_vol_args args = {
		.fd = source ? open_or_die(source) : 0,
	};

	snprintf(args.name, sizeof(args.name), "%s", name);
	return ioctl(open_or_die(dir), request, &args) ? fail(what) : 0;
}

static int change2(const char *dir, unsigned long request, const char *what,
		   const char *source, const char *name, uint64_t flags)
{
	struct btrfs_ioctl_vol_args_v2 args = {
		.fd = source ? open_or_die(source) : 0,
		.flags = flags,
	};

	snprintf(args.name, sizeof(args.name), "%s", name);
	return ioctl(open_or_die(dir), request, &args) ? fail(what) : 0;
}

static int show_birth(const char *path)
{
	struct statx st;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &st))
		return fail("statx");
	if (st.stx_mask & STATX_BTIME)
		printf("%lld\n", (long long)st.stx_btime.tv_sec);
	else
		printf("none\n");
	return 0;
}

static int show_flags(const char *path)
{
	int flags = 0;

	if (ioctl(open_or_die(path), FS_IOC_GETFLAGS, &flags))
		return fail("FS_IOC_GETFLAGS");
	printf("%x\n", (unsigned int)flags);
	return 0;
}

static int seek_data(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644), i;
	char block[4096] = "data";

	if (fd < 0)
		return fail(path);
	for (i = 0;; i = (i + 1) % 1024) {
		if (pwrite(fd, block, sizeof(block), i * 16384LL) < 0 ||
		    (lseek(fd, 0, SEEK_HOLE) < 0 && errno != ENXIO))
			return fail(path);
		if (i == 10) {
			printf("begun\n");
			fflush(stdout);
		}
	}
}

static int label(const char *dir, const char *new)
{
	char text[FSLABEL_MAX] = "";

	if (new) {
		snprintf(text, sizeof(text), "%s", new);
		return ioctl(open_or_die(dir), FS_IOC_SETFSLABEL, text) ?
			       fail("FS_IOC_SETFSLABEL") : 0;
	}
	if (ioctl(open_or_die(dir), FS_IOC_GETFSLABEL, text))
		return fail("FS_IOC_GETFSLABEL");
	printf("%s\n", text);
	return 0;
}

static int shut_down(const char *dir)
{
	uint32_t flags = 0;

	return ioctl(open_or_die(dir), _IOR('X', 125, uint32_t), &flags) ?
		       fail("FS_IOC_SHUTDOWN") : 0;
}

static int enable_verity(const char *path, const char *salt)
{
	const struct fsverity_enable_arg arg = {
		.version = 1,
		.hash_algorithm = FS_VERITY_HASH_ALG_SHA256,
		.block_size = 4096,
		.salt_size = (uint32_t)strlen(salt),
		.salt_ptr = (uintptr_t)salt,
	};

	return ioctl(open_or_die(path), FS_IOC_ENABLE_VERITY, &arg) ?
		       fail("FS_IOC_ENABLE_VERITY") : 0;
}

static int measure_verity(const char *path)
{
	union {
		struct fsverity_digest digest;
		unsigned char bytes[sizeof(struct fsverity_digest) + 64];
	} arg = { .digest.digest_size = 64 };
	unsigned int i;

	if (ioctl(open_or_die(path), FS_IOC_MEASURE_VERITY, &arg))
		return fail("FS_IOC_MEASURE_VERITY");
	for (i = 0; i < arg.digest.digest_size; i++)
		printf("%02x", arg.digest.digest[i]);
	printf("\n");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what;

	if (argc > 3 && !strcmp(argv[1], "as")) {
		gid_t id = (gid_t)atoi(argv[2]);

		if (setgroups(0, NULL) || setgid(id) || setuid(id))
			return fail("setuid");
		argc -= 2;
		argv += 2;
	}
	what = argc > 1 ? argv[1] : "";
	if (argc == 3 && !strcmp(what, "trim"))
		return trim(argv[2]);
	if (argc == 4 && !strcmp(what, "subvolume"))
		return change(argv[2], BTRFS_IOC_SUBVOL_CREATE,
			      "BTRFS_IOC_SUBVOL_CREATE", NULL, argv[3]);
	if (argc == 4 && !strcmp(what, "subvolume2"))
		return change2(argv[2], BTRFS_IOC_SUBVOL_CREATE_V2,
			       "BTRFS_IOC_SUBVOL_CREATE_V2", NULL, argv[3], 0);
	if (argc == 5 && !strcmp(what, "snapshot"))
		return change(argv[2], BTRFS_IOC_SNAP_CREATE,
			      "BTRFS_IOC_SNAP_CREATE", argv[3], argv[4]);
	if (argc == 5 && !strcmp(what, "snapshot2"))
		return change2(argv[2], BTRFS_IOC_SNAP_CREATE_V2,
			       "BTRFS_IOC_SNAP_CREATE_V2", argv[3], argv[4], 0);
	if (argc == 5 && !strcmp(what, "read-only"))
		return change2(argv[2], BTRFS_IOC_SNAP_CREATE_V2,
			       "BTRFS_IOC_SNAP_CREATE_V2", argv[3], argv[4],
			       BTRFS_SUBVOL_RDONLY);
	if (argc == 4 && !strcmp(what, "delete"))
		return change(argv[2], BTRFS_IOC_SNAP_DESTROY,
			      "BTRFS_IOC_SNAP_DESTROY", NULL, argv[3]);
	if (argc == 4 && !strcmp(what, "delete2"))
		return change2(argv[2], BTRFS_IOC_SNAP_DESTROY_V2,
			       "BTRFS_IOC_SNAP_DESTROY_V2", NULL, argv[3], 0);
	if (argc == 3 && !strcmp(what, "birth"))
		return show_birth(argv[2]);
	if (argc == 3 && !strcmp(what, "flags"))
		return show_flags(argv[2]);
	if ((argc == 3 || argc == 4) && !strcmp(what, "label"))
		return label(argv[2], argv[3]);
	if (argc == 3 && !strcmp(what, "shutdown"))
		return shut_down(argv[2]);
	if ((argc == 3 || argc == 4) && !strcmp(what, "enable-verity"))
		return enable_verity(argv[2], argc == 4 ? argv[3] : "");
	if (argc == 3 && !strcmp(what, "measure-verity"))
		return measure_verity(argv[2]);
	if (argc == 3 && !strcmp(what, "seek-data"))
		return seek_data(argv[2]);
	fprintf(stderr, "usage: requests WHAT PATH...\n");
	return 2;
}
