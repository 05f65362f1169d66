// SPDX-License-Identifier: GPL-2.0-only
/*
 * disks-in-use.c - a disk that is mounted or open cannot be removed or closed,
 * however short of other things the caller is, and works on.
 */
#include "boot.h"

#define FDS	64

static struct lkl_disk *disk;

static void check_busy(const char *why)
{
	struct lkl_error err = { "" };

	printf("# %s\n", why);
	IS(lkl_disk_remove(disk, &err), -LKL_EBUSY);
	CHECK_THAT(strstr(err.text, "in use"), "%s", err.text);
	IS(lkl_disk_close(disk), -LKL_EBUSY);
}

/* No file can be opened: the disk is not taken for one that nobody uses. */
static void test_no_descriptors(void)
{
	struct lkl_rlimit64 few = { FDS, FDS };
	int fds[FDS], n = 0, fd;

	OK(lkl_sys_prlimit64(0, LKL_RLIMIT_NOFILE, &few, NULL));
	while ((fd = open_file("/", LKL_O_RDONLY)) >= 0 && n < FDS)
		fds[n++] = fd;
	IS(fd, -LKL_EMFILE);
	check_busy("mounted, and no descriptor is left");
	while (n)
		OK(lkl_sys_close((unsigned int)fds[--n]));
}

/* @partition is open, not exclusively, by @flags. */
static void test_open(unsigned int partition, int flags, const char *why)
{
	struct lkl_error err = { "" };
	char node[64];
	int fd;

	MUST(lkl_disk_node(disk, partition, node, sizeof(node), &err));
	fd = (int)MUST(open_file(node, flags));
	check_busy(why);
	OK(lkl_sys_close((unsigned int)fd));
}

static void test_detached(const char *mount)
{
	char name[80];
	int fd;

	snprintf(name, sizeof(name), "%s/file", mount);
	fd = (int)MUST(open_file(name, LKL_O_RDWR));
	OK(lkl_sys_umount(mount, 2 /* MNT_DETACH */));
	check_busy("unmounted lazily, with a file open");
	IS(lkl_sys_pwrite64((unsigned int)fd, "abc", 3, 0), 3);
	OK(lkl_sys_fsync((unsigned int)fd));
	OK(lkl_sys_close((unsigned int)fd));
}

int main(void)
{
	struct lkl_error err = { "" };
	char path[64], name[80];
	int i;

	need_program("sfdisk");
	make_image("disk", 64 * MIB,
		   "printf 'label: gpt\\nsize=16M\\nstart=20M, size=32M\\n' | "
		   "sfdisk -q $IMAGE");
	REQUIRE(!run_on("disk", "mke2fs -q -t ext4 -E offset=20971520 "
			"$IMAGE 32M"));
	boot(0);
	MUST(lkl_disk_open("disk", NULL, &disk, &err));
	MUST(lkl_disk_add(disk, &err));

	test_open(0, LKL_O_RDONLY, "open for reading");
	test_open(1, LKL_O_RDONLY, "a partition is open for reading");
	test_open(2, LKL_O_RDWR | LKL_O_EXCL, "a partition is open alone");

	MUST(lkl_mount(disk, 2, "ext4", 0, NULL, path, sizeof(path), &err));
	snprintf(name, sizeof(name), "%s/file", path);
	write_pattern(name, 100000, 1);
	check_busy("mounted");
	test_no_descriptors();
	/* The refused attempts did it no harm. */
	check_pattern(name, 100000, 1);
	write_pattern(name, 200000, 2);
	OK(lkl_umount(path, &err));

	/* An unmount is complete when it returns, time after time. */
	for (i = 0; i < 50; i++) {
		MUST(lkl_mount(disk, 2, "ext4", 0, NULL, path, sizeof(path),
			       &err));
		OK(lkl_umount(path, &err));
		OK(lkl_disk_remove(disk, &err));
		MUST(lkl_disk_add(disk, &err));
	}

	MUST(lkl_mount(disk, 2, "ext4", 0, NULL, path, sizeof(path), &err));
	test_detached(path);
	OK(lkl_disk_close(disk));
	OK(lkl_halt());
	check_image("disk", "e2fsck -fn $IMAGE?offset=20971520 2>&1");
	return check_exit();
}
