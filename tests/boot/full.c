// SPDX-License-Identifier: GPL-2.0-only
/*
 * full.c - a full file system returns ENOSPC, keeps its data, and takes more
 * data once there is room.
 */
#include "boot.h"

static const struct {
	const char *type;
	off_t size;
	const char *mkfs;
	const char *fsck;
} list[] = {
	{ "ext4", 24 * MIB, "mke2fs -q -t ext4 $IMAGE",
	  "e2fsck -fn $IMAGE" },
	{ "xfs", 320 * MIB, "mkfs.xfs -q $IMAGE", "xfs_repair -n $IMAGE" },
	{ "btrfs", 128 * MIB, "mkfs.btrfs -q $IMAGE",
	  "btrfs check --readonly $IMAGE" },
	{ "vfat", 40 * MIB, "mkfs.vfat -F 32 $IMAGE", "fsck.vfat -n $IMAGE" },
};

#define CHUNK (256 * KIB)

/* How many bytes went into it before it was full. */
static long fill(const char *name)
{
	static char buf[CHUNK];
	long n, total = 0, sync;
	int fd;

	fd = (int)MUST(open_file(name, LKL_O_WRONLY | LKL_O_CREAT));
	do {
		pattern_fill(buf, CHUNK, 1, (uint64_t)total);
		n = lkl_sys_write((unsigned int)fd, buf, CHUNK);
		if (n > 0)
			total += n;
	} while (n == CHUNK);
	/* The last write is short, or says it. */
	if (n > 0)
		n = lkl_sys_write((unsigned int)fd, buf, CHUNK);
	IS(n, -LKL_ENOSPC);
	sync = lkl_sys_fsync((unsigned int)fd);
	CHECK_THAT(sync == 0 || sync == -LKL_ENOSPC, "fsync: %ld (%s)", sync,
		   check_name(sync));
	OK(lkl_sys_close((unsigned int)fd));
	return total;
}

static void test(const char *type, off_t size)
{
	long first, second;
	struct mounted m;

	mount_image(type, type, 0, NULL, &m);
	MUST(lkl_sys_chdir(m.path));
	write_pattern("kept", 100000, 2);
	first = fill("full");
	CHECK_THAT(first > size / 4, "%s was full after %ld bytes", type,
		   first);
	check_pattern("full", (size_t)first, 1);
	check_pattern("kept", 100000, 2);
	OK(remove_file("full"));
	OK(lkl_sys_sync());
	second = fill("full");
	CHECK_THAT(second > first / 10 * 9,
		   "%s took %ld bytes first, then %ld", type, first, second);
	OK(remove_file("full"));
	MUST(lkl_sys_chdir("/"));
	unmount(&m);
}

int main(void)
{
	const unsigned int n = sizeof(list) / sizeof(*list);
	unsigned int i;

	for (i = 0; i < n; i++) {
		make_image(list[i].type, list[i].size, list[i].mkfs);
		need_program(list[i].fsck);
	}
	boot(0);
	for (i = 0; i < n; i++)
		test(list[i].type, list[i].size);
	OK(lkl_halt());
	for (i = 0; i < n; i++)
		check_image(list[i].type, list[i].fsck);
	return check_exit();
}
