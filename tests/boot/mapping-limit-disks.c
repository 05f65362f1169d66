// SPDX-License-Identifier: GPL-2.0-only
/*
 * mapping-limit-disks.c - a program without mappings to spare adds and mounts
 * more disks: they are refused with -ENOMEM, the kernel lives on, and works as
 * before when there are mappings again.
 */
#include <sys/mman.h>

#include "boot.h"

#define DISKS	8
#define PAGE	4096ul
/* More than any sensible vm.max_map_count. */
#define PAGES	(1ul << 19)

static char *area;
static unsigned long used;

/* Use up the mappings that are left. */
static void use_up_mappings(void)
{
	while (used < PAGES && !mprotect(area + used * PAGE, PAGE, PROT_READ))
		used += 2;
	if (used >= PAGES)
		skip("the host has no limit of mappings to speak of");
}

static int add_and_mount(const char *image, struct mounted *m,
			 struct lkl_error *err)
{
	int ret = lkl_disk_open(image, NULL, &m->disk, err);

	REQUIRE(!ret);
	use_up_mappings();
	ret = lkl_disk_add(m->disk, err);
	if (ret)
		return ret;
	use_up_mappings();
	return lkl_mount(m->disk, 0, "ext4", 0, NULL, m->path, sizeof(m->path),
			 err);
}

int main(void)
{
	struct mounted first, more;
	struct lkl_error err;
	char name[96];
	int i, ret;

	make_image("first", 64 * MIB, "mke2fs -q -t ext4 $IMAGE");
	make_image("more", 64 * MIB, "mke2fs -q -t ext4 $IMAGE");
	area = mmap(NULL, PAGES * PAGE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	REQUIRE(area != MAP_FAILED);
	boot(0);
	mount_image("first", "ext4", 0, NULL, &first);

	for (i = 0; i < DISKS; i++) {
		err.text[0] = 0;
		ret = add_and_mount("more", &more, &err);
		printf("# disk %d, %lu mappings: %d %s\n", i, used / 2, ret,
		       ret ? err.text : "");
		if (ret) {
			IS(ret, -ENOMEM);
			CHECK_THAT(strstr(err.text, "vm.max_map_count"),
				   "no word of the limit: %s", err.text);
			OK(lkl_disk_close(more.disk));
		} else {
			unmount(&more);
		}
		snprintf(name, sizeof(name), "%s/%d", first.path, i);
		write_pattern(name, MIB, (uint64_t)i);
		check_pattern(name, MIB, (uint64_t)i);
		OK(lkl_sys_sync());
	}
	/* The last ones were refused. */
	IS(ret, -ENOMEM);

	REQUIRE(!munmap(area, PAGES * PAGE));
	mount_image("more", "ext4", 0, NULL, &more);
	snprintf(name, sizeof(name), "%s/file", more.path);
	write_pattern(name, MIB, 1);
	unmount(&more);
	unmount(&first);
	OK(lkl_halt());
	check_image("first", "e2fsck -fn $IMAGE 2>&1");
	check_image("more", "e2fsck -fn $IMAGE 2>&1");
	return check_exit();
}
