// SPDX-License-Identifier: GPL-2.0-only
/*
 * give-root.c - changes the owner of an image's root directory.
 *
 * Usage: give-root TYPE IMAGE UID GID
 */
#include <stdio.h>
#include <stdlib.h>

#include <lkl.h>

int main(int argc, char **argv)
{
	struct lkl_error err = { "" };
	struct lkl_disk *disk;
	char path[128];
	long ret;

	if (argc != 5) {
		fprintf(stderr, "usage: give-root TYPE IMAGE UID GID\n");
		return 2;
	}
	if (lkl_disk_open(argv[2], 0, &disk, &err) < 0 ||
	    lkl_start(NULL, &err) < 0 || lkl_disk_add(disk, &err) < 0 ||
	    lkl_mount(disk, 0, argv[1], 0, NULL, path, sizeof(path),
		      &err) < 0) {
		fprintf(stderr, "give-root: %s\n", err.text);
		return 1;
	}
	ret = lkl_sys_fchownat(LKL_AT_FDCWD, path,
			       (unsigned int)atoi(argv[3]),
			       (unsigned int)atoi(argv[4]), 0);
	if (ret < 0)
		fprintf(stderr, "give-root: %s\n", lkl_strerror((int)ret));
	if (lkl_umount(path, &err) < 0) {
		fprintf(stderr, "give-root: %s\n", err.text);
		return 1;
	}
	lkl_disk_close(disk);
	return lkl_halt() < 0 || ret < 0;
}
