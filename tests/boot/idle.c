// SPDX-License-Identifier: GPL-2.0-only
/*
 * idle.c - a library without work uses no processor time, with and without
 * mounted file systems.
 */
#include "boot.h"

#define SECONDS	2
#define LIMIT	0.020	/* seconds of processor time in that */

static void check_idle(const char *what)
{
	struct timespec ts = { .tv_sec = SECONDS };
	double before = cpu_time(), used;

	/* Processor time is measured over a time. */
	nanosleep(&ts, NULL);
	used = cpu_time() - before;
	printf("# %s: %.1f ms of processor time in %d s\n", what, used * 1e3,
	       SECONDS);
	CHECK_THAT(used < LIMIT, "%s: %.3f s of processor time in %d s",
		   what, used, SECONDS);
}

int main(void)
{
	static const struct {
		const char *type;
		off_t size;
		const char *mkfs;
	} list[] = {
		{ "ext4", 64 * MIB, "mke2fs -q -t ext4 $IMAGE" },
		{ "xfs", 320 * MIB, "mkfs.xfs -q $IMAGE" },
		{ "btrfs", 128 * MIB, "mkfs.btrfs -q $IMAGE" },
	};
	struct mounted mounts[3];
	char path[128];
	int i;

	for (i = 0; i < 3; i++)
		make_image(list[i].type, list[i].size, list[i].mkfs);
	boot(0);
	check_idle("nothing mounted");
	for (i = 0; i < 3; i++) {
		mount_image(list[i].type, list[i].type, 0, NULL, &mounts[i]);
		snprintf(path, sizeof(path), "%s/file", mounts[i].path);
		write_pattern(path, 1000000, 1);
	}
	OK(lkl_sys_sync());
	check_idle("three mounted");
	for (i = 0; i < 3; i++)
		unmount(&mounts[i]);
	OK(lkl_halt());
	return check_exit();
}
