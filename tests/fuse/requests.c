// SPDX-License-Identifier: GPL-2.0-only
/*
 * requests.c - what programs ask of a file system by ioctl() and statx(), for
 * scripts: tools such as btrfs(8) look at the type of the mount first, and
 * that is FUSE's.
 *
 * Usage: requests trim DIRECTORY           bytes that were trimmed
 *        requests subvolume DIRECTORY NAME
 *        requests snapshot DIRECTORY SOURCE NAME
 *        requests delete DIRECTORY NAME    a subvolume
 *        requests birth FILE               seconds, or "none"
 *        requests flags FILE               as lsattr has them, in hexadecimal
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
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

static int make_subvolume(const char *dir, const char *name)
{
	struct btrfs_ioctl_vol_args args = { .fd = 0 };

	snprintf(args.name, sizeof(args.name), "%s", name);
	if (ioctl(open_or_die(dir), BTRFS_IOC_SUBVOL_CREATE, &args))
		return fail("BTRFS_IOC_SUBVOL_CREATE");
	return 0;
}

static int make_snapshot(const char *dir, const char *source, const char *name)
{
	struct btrfs_ioctl_vol_args_v2 args = { .fd = open_or_die(source) };

	snprintf(args.name, sizeof(args.name), "%s", name);
	if (ioctl(open_or_die(dir), BTRFS_IOC_SNAP_CREATE_V2, &args))
		return fail("BTRFS_IOC_SNAP_CREATE_V2");
	return 0;
}

static int delete_subvolume(const char *dir, const char *name)
{
	struct btrfs_ioctl_vol_args args = { .fd = 0 };

	snprintf(args.name, sizeof(args.name), "%s", name);
	if (ioctl(open_or_die(dir), BTRFS_IOC_SNAP_DESTROY, &args))
		return fail("BTRFS_IOC_SNAP_DESTROY");
	return 0;
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

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 3 && !strcmp(what, "trim"))
		return trim(argv[2]);
	if (argc == 4 && !strcmp(what, "subvolume"))
		return make_subvolume(argv[2], argv[3]);
	if (argc == 5 && !strcmp(what, "snapshot"))
		return make_snapshot(argv[2], argv[3], argv[4]);
	if (argc == 4 && !strcmp(what, "delete"))
		return delete_subvolume(argv[2], argv[3]);
	if (argc == 3 && !strcmp(what, "birth"))
		return show_birth(argv[2]);
	if (argc == 3 && !strcmp(what, "flags"))
		return show_flags(argv[2]);
	fprintf(stderr, "usage: requests WHAT PATH...\n");
	return 2;
}
