// SPDX-License-Identifier: GPL-2.0-only
/*
 * cow.c - the kernel writes to a disk that was opened for copying on write and
 * reads its own data back; the image does not change.
 */
#include "boot.h"

static const struct lkl_disk_options cow = {
	.size = sizeof(cow), .flags = LKL_DISK_COW,
};

static void use(struct lkl_disk *disk, bool first)
{
	struct lkl_error err = { "" };
	char path[64], name[96];
	int i;

	MUST(lkl_disk_add(disk, &err));
	MUST(lkl_mount(disk, 0, "ext4", 0, NULL, path, sizeof(path), &err));
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "%s/file-%d", path, i);
		if (first)
			write_pattern(name, (size_t)i * 10000, (uint64_t)i);
		else
			check_pattern(name, (size_t)i * 10000, (uint64_t)i);
	}
	snprintf(name, sizeof(name), "%s/there", path);
	check_pattern(name, 0, 0);
	OK(lkl_umount(path, &err));
	OK(lkl_disk_remove(disk, &err));
}

int main(void)
{
	struct lkl_error err = { "" };
	struct lkl_disk *disk;

	REQUIRE(!system("mkdir -p tree && : >tree/there"));
	make_image("image", 64 * MIB, "mke2fs -q -t ext4 -d tree $IMAGE");
	REQUIRE(!system("cp --sparse=always image before && chmod 0444 image"));
	boot(0);
	MUST(lkl_disk_open("image", &cow, &disk, &err));
	use(disk, true);
	/* Written data last as long as the disk is open. */
	use(disk, false);
	lkl_disk_close(disk);
	OK(lkl_halt());
	REQUIRE(!system("cmp image before"));
	return check_exit();
}
