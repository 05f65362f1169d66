// SPDX-License-Identifier: GPL-2.0-only
/*
 * disks.c - the library adds and removes disks, finds partitions, and refuses
 * wrong requests.
 */
#include "boot.h"

#define MANY 64		/* more than the kernel takes */

static const struct lkl_disk_options read_only = {
	.size = sizeof(read_only),
	.flags = LKL_DISK_READ_ONLY,
};

static void test_many(void)
{
	struct lkl_disk *disks[MANY];
	struct lkl_error err = { "" };
	char name[32], node[64], byte;
	int i, added = 0, ret, fd, round;

	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "small-%d", i);
		fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		REQUIRE(fd >= 0 && !ftruncate(fd, 65536 + 512 * i));
		REQUIRE(pwrite(fd, &i, 1, 0) == 1);
		close(fd);
		MUST(lkl_disk_open(name, NULL, &disks[i], &err));
		IS(lkl_disk_size(disks[i]), 65536 + 512 * i);
	}
	/* Twice: what was taken is given back. */
	for (round = 0; round < 2; round++) {
		for (added = 0; added < MANY; added++) {
			ret = lkl_disk_add(disks[added], &err);
			if (ret)
				break;
		}
		IS(ret, -LKL_ENOSPC);
		CHECK_THAT(added >= 60, "only %d disks", added);
		IS(lkl_disk_add(disks[0], &err), -LKL_EBUSY);
		for (i = 0; i < added; i++) {
			OK(lkl_disk_node(disks[i], 0, node, sizeof(node),
					 &err));
			fd = (int)MUST(open_file(node, LKL_O_RDONLY));
			IS(lkl_sys_lseek((unsigned int)fd, 0, LKL_SEEK_END),
			   65536 + 512 * i);
			IS(lkl_sys_pread64((unsigned int)fd, &byte, 1, 0), 1);
			IS(byte, i);
			OK(lkl_sys_close((unsigned int)fd));
		}
		for (i = 0; i < added; i++)
			OK(lkl_disk_remove(disks[i], &err));
		IS(lkl_disk_remove(disks[0], &err), -LKL_ENXIO);
	}
	for (i = 0; i < MANY; i++)
		lkl_disk_close(disks[i]);
}

/* The second partition of a GPT holds the file system. */
static void test_partitions(void)
{
	struct lkl_error err = { "" };
	struct lkl_disk *disk;
	char path[64], name[80];

	MUST(lkl_disk_open("disk", NULL, &disk, &err));
	IS(lkl_disk_node(disk, 0, path, sizeof(path), &err), -LKL_ENXIO);
	MUST(lkl_disk_add(disk, &err));
	OK(lkl_disk_node(disk, 1, path, sizeof(path), &err));
	OK(lkl_disk_node(disk, 2, path, sizeof(path), &err));
	err.text[0] = '\0';
	IS(lkl_disk_node(disk, 3, path, sizeof(path), &err), -LKL_ENXIO);
	CHECK_THAT(strstr(err.text, "partition 3"), "%s", err.text);
	IS(lkl_disk_node(disk, 2, path, 4, &err), -LKL_ENAMETOOLONG);

	IS(lkl_mount(disk, 0, "ext4", 0, NULL, path, sizeof(path), &err),
	   -LKL_EINVAL);
	IS(lkl_mount(disk, 1, "ext4", 0, NULL, path, sizeof(path), &err),
	   -LKL_EINVAL);
	IS(lkl_mount(disk, 2, "nonsense", 0, NULL, path, sizeof(path), &err),
	   -LKL_ENODEV);
	IS(lkl_mount(disk, 2, "ext4", 0, "nonsense", path, sizeof(path),
		     &err), -LKL_EINVAL);
	MUST(lkl_mount(disk, 2, "ext4", 0, NULL, path, sizeof(path), &err));
	snprintf(name, sizeof(name), "%s/file", path);
	write_pattern(name, 100000, 1);
	IS(lkl_disk_remove(disk, &err), -LKL_EBUSY);
	OK(lkl_umount(path, &err));
	OK(lkl_disk_remove(disk, &err));
	/* And again, under another name perhaps. */
	MUST(lkl_disk_add(disk, &err));
	MUST(lkl_mount(disk, 2, "ext4", 0, NULL, path, sizeof(path), &err));
	snprintf(name, sizeof(name), "%s/file", path);
	check_pattern(name, 100000, 1);
	OK(lkl_umount(path, &err));
	/* Closing takes it away. */
	lkl_disk_close(disk);
}

static void test_read_only(void)
{
	struct lkl_error err = { "" };
	struct lkl_disk *disk;
	char path[64], name[80];
	int ret;

	MUST(lkl_disk_open("disk", &read_only, &disk, &err));
	MUST(lkl_disk_add(disk, &err));
	ret = lkl_mount(disk, 2, "ext4", 0, NULL, path, sizeof(path), &err);
	CHECK_THAT(ret == -LKL_EACCES || ret == -LKL_EROFS,
		   "mount for writing: %d (%s)", ret, check_name(ret));
	MUST(lkl_mount(disk, 2, "ext4", LKL_MS_RDONLY, NULL, path,
		       sizeof(path), &err));
	snprintf(name, sizeof(name), "%s/file", path);
	check_pattern(name, 100000, 1);
	ret = (int)lkl_sys_mount("none", path, NULL, LKL_MS_REMOUNT, NULL);
	CHECK_THAT(ret == -LKL_EACCES || ret == -LKL_EROFS,
		   "remount for writing: %d (%s)", ret, check_name(ret));
	OK(lkl_umount(path, &err));
	lkl_disk_close(disk);
}

static void test_reading(void)
{
	struct lkl_error err = { "" };
	struct lkl_disk *disk;
	char buf[1024];

	IS(lkl_disk_open("none", NULL, &disk, &err), -LKL_ENOENT);
	CHECK(strstr(err.text, "none"));
	IS(lkl_disk_open(".", NULL, &disk, &err) < 0, 1);
	MUST(lkl_disk_open("small-0", &read_only, &disk, &err));
	IS(lkl_disk_read(disk, buf, sizeof(buf), 65536 - sizeof(buf)), 0);
	IS(lkl_disk_read(disk, buf, sizeof(buf), 65536 - 512), -LKL_EIO);
	IS(lkl_disk_read(disk, buf, sizeof(buf), ~0ull - 100), -LKL_EIO);
	IS(lkl_disk_sector_size(disk), 512);
	lkl_disk_close(disk);
	lkl_disk_close(NULL);
}

int main(void)
{
	need_program("sfdisk");
	make_image("disk", 64 * MIB,
		   "printf 'label: gpt\\nsize=16M\\nsize=32M\\n' | "
		   "sfdisk -q $IMAGE");
	REQUIRE(!run_on("disk", "o=$(sfdisk -d $IMAGE | "
			"sed -n 's/.*2 : start= *\\([0-9]*\\),.*/\\1/p'); "
			"mke2fs -q -t ext4 -E offset=$((o * 512)) "
			"$IMAGE 32M"));
	boot(0);
	test_many();
	test_partitions();
	test_read_only();
	test_reading();
	OK(lkl_halt());
	return check_exit();
}
