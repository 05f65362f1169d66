// SPDX-License-Identifier: GPL-2.0-only
/*
 * start.c - a process that does nothing, that starts and halts the kernel, or
 * that mounts an image and reads its root directory besides.
 *
 * Usage: start nothing
 *        start halt
 *        start mount IMAGE TYPE
 */
#include <string.h>

#include "bench.h"

static int look(const char *image, const char *type)
{
	static const struct lkl_disk_options options = {
		.size = sizeof(options),
		.flags = LKL_DISK_READ_ONLY,
	};
	struct lkl_disk *disk;
	struct lkl_error err;
	char root[64], entries[4096];
	long fd;

	if (lkl_disk_open(image, &options, &disk, &err) < 0)
		goto out;
	start_kernel();
	if (lkl_disk_add(disk, &err) < 0 ||
	    lkl_mount(disk, 0, type, LKL_MS_RDONLY, NULL, root, sizeof(root),
		      &err) < 0)
		goto out;
	fd = lkl_sys_openat(LKL_AT_FDCWD, root, LKL_O_RDONLY | LKL_O_DIRECTORY, 0);
	if (fd < 0 || lkl_sys_getdents64((unsigned int)fd, (void *)entries,
					 sizeof(entries)) <= 0) {
		fprintf(stderr, "cannot read the root directory\n");
		return 1;
	}
	lkl_sys_close((unsigned int)fd);
	if (lkl_umount(root, &err) < 0)
		goto out;
	lkl_disk_close(disk);
	return lkl_halt() < 0;
out:
	fprintf(stderr, "%s\n", err.text);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 0;
	if (argc == 4 && !strcmp(argv[1], "mount"))
		return look(argv[2], argv[3]);
	if (argc != 2 || strcmp(argv[1], "halt"))
		return 2;
	start_kernel();
	return lkl_halt() < 0;
}
