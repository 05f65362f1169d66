/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * basics.h - system-call basics on one file system.
 *
 * Each file system has a program that describes it and calls basics_main().
 * An operation that a file system lacks must fail with the right error:
 * so each says what it can.  The names and sizes used are within what all of
 * them allow.
 */
#ifndef TESTS_BASICS_H
#define TESTS_BASICS_H

#include "boot.h"

/* The abilities of a file system. */
#define CAN_LINK	0x0001u		/* hard links */
#define CAN_SYMLINK	0x0002u
#define CAN_OWNERS	0x0004u		/* uid, gid and all of the mode */
#define CAN_DEVICES	0x0008u		/* device nodes, fifos */
#define CAN_XATTR	0x0010u		/* user, trusted and security ones */
#define CAN_ACL		0x0020u
#define CAN_HOLES	0x0040u		/* SEEK_HOLE finds them */
#define CAN_PREALLOC	0x0080u		/* fallocate with KEEP_SIZE */
#define CAN_PUNCH	0x0100u		/* fallocate with PUNCH_HOLE */
#define CAN_EXCHANGE	0x0200u		/* rename with EXCHANGE */
#define CAN_TMPFILE	0x0400u
#define CAN_REFLINK	0x0800u
#define CAN_NSEC	0x1000u		/* nanosecond times, before 1970 too */
#define CAN_BIG		0x2000u		/* files beyond 4 GiB, sparse */
#define CAN_DIRECT	0x4000u		/* O_DIRECT opens */
#define CAN_BYTES	0x8000u		/* names that are not UTF-8 */
#define CAN_WIDE_DEV	0x10000u	/* device numbers beyond 8 bits */
#define CAN_POSIX	(CAN_LINK | CAN_SYMLINK | CAN_OWNERS | CAN_DEVICES)
#define CAN_ALL		(CAN_POSIX | CAN_XATTR | CAN_ACL | CAN_HOLES |	\
			 CAN_PREALLOC | CAN_PUNCH | CAN_EXCHANGE |	\
			 CAN_TMPFILE | CAN_NSEC | CAN_BIG |		\
			 CAN_DIRECT | CAN_BYTES | CAN_WIDE_DEV)

struct fs {
	const char *type;
	const char *mkfs;	/* NULL: it needs no disk, and does not last */
	const char *fsck;	/* NULL: nobody has one */
	off_t size;
	const char *options;	/* to mount with, or NULL */
	unsigned int can;
	long magic;		/* of statfs */
	/* Extended attributes of any name, and setting to nothing removes. */
	bool free_xattrs;
	/*
	 * Other behaviour of some kernels: SEEK_HOLE finds the end of what was
	 * written; preallocated blocks do not count; a direct write that fails
	 * leaves a longer file.
	 */
	bool ends_in_hole, uncounted_prealloc, longer_after_failure;
};

/* Whether the kernel inside is of this version or a newer one. */
HELPER bool kernel_since(int major, int minor)
{
	int have_major, have_minor;

	REQUIRE(sscanf(lkl_kernel_version(), "%d.%d", &have_major,
		       &have_minor) == 2);
	return have_major > major ||
	       (have_major == major && have_minor >= minor);
}

HELPER bool can(const struct fs *fs, unsigned int what)
{
	return (fs->can & what) == what;
}

#include "basics-attributes.h"
#include "basics-data.h"
#include "basics-names.h"

/* ---- What is there after unmounting ---- */

static const struct lkl___kernel_timespec basics_times[2] = {
	{ .tv_sec = 1000000000, .tv_nsec = 123456789 },
	{ .tv_sec = 1234567890, .tv_nsec = 987654321 },
};

static void basics_leave(const struct fs *fs)
{
	MUST(make_dir("kept"));
	write_pattern("kept/file", 300000, 1);
	write_pattern("kept/empty", 0, 2);
	OK(lkl_sys_utimensat(LKL_AT_FDCWD, "kept/file", basics_times, 0));
	MUST(make_dir("kept/dir"));
	write_pattern("kept/dir/a name with spaces and \xc3\xbc", 5000, 3);
	if (can(fs, CAN_OWNERS)) {
		OK(lkl_sys_fchownat(LKL_AT_FDCWD, "kept/file", 70000, 80000,
				    0));
		OK(lkl_sys_fchmodat(LKL_AT_FDCWD, "kept/file", 06751));
	}
	if (can(fs, CAN_LINK))
		OK(lkl_sys_linkat(LKL_AT_FDCWD, "kept/file", LKL_AT_FDCWD,
				  "kept/dir/link", 0));
	if (can(fs, CAN_SYMLINK))
		OK(lkl_sys_symlinkat("../kept/file", LKL_AT_FDCWD,
				     "kept/symlink"));
	if (can(fs, CAN_XATTR))
		OK(lkl_sys_setxattr("kept/file", "user.kept", "value", 5, 0));
}

static void basics_find(const struct fs *fs)
{
	struct lkl_statx st;
	char buf[64];

	check_pattern("kept/file", 300000, 1);
	check_pattern("kept/empty", 0, 2);
	check_pattern("kept/dir/a name with spaces and \xc3\xbc", 5000, 3);
	MUST(stat_file("kept/file", &st));
	IS(st.stx_size, 300000);
	if (can(fs, CAN_NSEC)) {
		IS(st.stx_mtime.tv_sec, basics_times[1].tv_sec);
		IS(st.stx_mtime.tv_nsec, basics_times[1].tv_nsec);
	} else {
		/* FAT has steps of two seconds. */
		CHECK(llabs(st.stx_mtime.tv_sec -
			    basics_times[1].tv_sec) <= 2);
	}
	if (can(fs, CAN_OWNERS)) {
		IS(st.stx_uid, 70000);
		IS(st.stx_gid, 80000);
		IS(st.stx_mode & 07777, 06751);
	}
	if (can(fs, CAN_LINK)) {
		IS(st.stx_nlink, 2);
		check_pattern("kept/dir/link", 300000, 1);
	}
	if (can(fs, CAN_SYMLINK)) {
		IS(lkl_sys_readlinkat(LKL_AT_FDCWD, "kept/symlink", buf,
				      sizeof(buf)), 12);
		CHECK(!memcmp(buf, "../kept/file", 12));
	}
	if (can(fs, CAN_XATTR)) {
		IS(lkl_sys_getxattr("kept/file", "user.kept", buf,
				    sizeof(buf)), 5);
		CHECK(!memcmp(buf, "value", 5));
	}
}

/* ---- The file system as a whole ---- */

static void basics_statfs(const struct fs *fs)
{
	struct lkl_statfs before, after;
	int fd;

	/* Blocks of removed files are freed in the background, by xfs at least. */
	MUST(lkl_sys_statfs(".", &after));
	do {
		before = after;
		usleep(50 * 1000);
		MUST(lkl_sys_statfs(".", &after));
	} while (before.f_bfree != after.f_bfree);
	CHECK_THAT((long)before.f_type == fs->magic,
		   "statfs: type %lx, not %lx", (long)before.f_type,
		   fs->magic);
	CHECK(before.f_bsize >= 512 && before.f_bsize <= 1 << 20);
	CHECK(before.f_bfree <= before.f_blocks);
	CHECK(before.f_namelen >= 254);
	write_pattern("space", 8 * MIB, 4);
	fd = (int)MUST(open_file("space", LKL_O_RDONLY));
	OK(lkl_sys_syncfs(fd));
	OK(lkl_sys_close(fd));
	MUST(lkl_sys_statfs(".", &after));
	CHECK_THAT((before.f_bfree - after.f_bfree) * (long)before.f_bsize >=
		   7 * MIB,	/* where statfs is an estimate */
		   "8 MiB took %ld blocks of %ld bytes",
		   (long)(before.f_bfree - after.f_bfree),
		   (long)before.f_bsize);
	OK(remove_file("space"));
}

static void basics_run(const struct fs *fs)
{
	static const struct {
		const char *name;
		void (*run)(const struct fs *fs);
	} steps[] = {
		{ "read and write", basics_read_write },
		{ "truncate", basics_truncate },
		{ "holes", basics_holes },
		{ "allocate", basics_allocate },
		{ "copy", basics_copy },
		{ "sync", basics_sync },
		{ "direct", basics_direct },
		{ "no mmap", basics_mmap },
		{ "names", basics_names },
		{ "rename", basics_rename },
		{ "links", basics_links },
		{ "directories", basics_directories },
		{ "devices", basics_devices },
		{ "temporary files", basics_tmpfile },
		{ "attributes", basics_stat },
		{ "extended attributes", basics_xattr },
		{ "ACLs", basics_acl },
		{ "locks", basics_locks },
		{ "statfs", basics_statfs },
	};
	unsigned int i;
	int before;

	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		before = atomic_load(&check_failures);
		MUST(make_dir("work"));
		MUST(lkl_sys_chdir("work"));
		steps[i].run(fs);
		MUST(lkl_sys_chdir(".."));
		/* A step cleans up after itself. */
		OK(remove_dir("work"));
		printf("%s - %s\n", atomic_load(&check_failures) == before ?
		       "ok" : "not ok", steps[i].name);
	}
}

static void basics_without_disk(const struct fs *fs)
{
	MUST(make_dir("/volatile"));
	MUST(lkl_sys_mount(fs->type, "/volatile", fs->type, 0, fs->options));
	MUST(lkl_sys_chdir("/volatile"));
	basics_run(fs);
	IS(lkl_sys_umount2("/volatile", 0), -LKL_EBUSY);
	MUST(lkl_sys_chdir("/"));
	OK(lkl_sys_umount2("/volatile", 0));
}

static void basics_on_disk(const struct fs *fs)
{
	const char *image = "image";
	struct lkl_error err;
	struct mounted m;

	mount_image(image, fs->type, 0, fs->options, &m);
	MUST(lkl_sys_chdir(m.path));
	basics_run(fs);
	basics_leave(fs);
	basics_find(fs);
	IS(lkl_umount(m.path, &err), -LKL_EBUSY);
	IS(lkl_disk_remove(m.disk, &err), -LKL_EBUSY);
	MUST(lkl_sys_chdir("/"));
	unmount(&m);

	/* Read-only: nothing is in the caches, nothing can be changed. */
	mount_image(image, fs->type, LKL_MS_RDONLY, fs->options, &m);
	MUST(lkl_sys_chdir(m.path));
	basics_find(fs);
	IS(make_dir("new"), -LKL_EROFS);
	IS(open_file("kept/file", LKL_O_RDWR), -LKL_EROFS);
	IS(remove_file("kept/file"), -LKL_EROFS);
	MUST(lkl_sys_chdir("/"));
	unmount(&m);

	/* And once more for writing: what was there can be taken away. */
	mount_image(image, fs->type, 0, fs->options, &m);
	MUST(lkl_sys_chdir(m.path));
	OK(remove_file("kept/empty"));
	write_pattern("kept/file", 1000, 5);
	write_pattern("another", 100000, 6);
	check_pattern("kept/file", 1000, 5);
	MUST(lkl_sys_chdir("/"));
	unmount(&m);
}

HELPER int basics_main(const struct fs *fs)
{
	if (fs->mkfs)
		make_image("image", fs->size, fs->mkfs);
	if (fs->fsck)
		need_program(fs->fsck);
	boot(0);
	if (fs->mkfs)
		basics_on_disk(fs);
	else
		basics_without_disk(fs);
	OK(lkl_halt());
	if (fs->fsck)
		check_image("image", fs->fsck);
	return check_exit();
}

#endif /* TESTS_BASICS_H */
