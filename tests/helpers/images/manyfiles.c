// SPDX-License-Identifier: GPL-2.0-only
/*
 * manyfiles.c - makes a directory with very many files.
 *
 * Usage: manyfiles TYPE IMAGE COUNT
 *
 * They are many/file-1 to many/file-COUNT, and hold their number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

static long must(long ret, const char *what)
{
	if (ret < 0) {
		fprintf(stderr, "manyfiles: %s: %s\n", what,
			lkl_strerror((int)ret));
		exit(1);
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct lkl_options options = {
		.size = sizeof(options),
		.memory = 256ull << 20,
	};
	struct lkl_error err;
	struct lkl_disk *disk;
	char path[128], text[16];
	unsigned int fd;
	int i, count;
	size_t len;

	if (argc != 4) {
		fprintf(stderr, "usage: manyfiles TYPE IMAGE COUNT\n");
		return 2;
	}
	if (lkl_disk_open(argv[2], 0, &disk, &err) < 0 ||
	    lkl_start(&options, &err) < 0 || lkl_disk_add(disk, &err) < 0 ||
	    lkl_mount(disk, 0, argv[1], 0, NULL, path, 64, &err) < 0) {
		fprintf(stderr, "manyfiles: %s\n", err.text);
		return 1;
	}
	must(lkl_sys_chdir(path), "chdir");
	must(lkl_sys_mkdirat(LKL_AT_FDCWD, "many", 0755), "mkdir");
	count = atoi(argv[3]);
	for (i = 1; i <= count; i++) {
		snprintf(text, sizeof(text), "%d", i);
		snprintf(path + 64, sizeof(path) - 64, "many/file-%s", text);
		fd = (unsigned int)must(lkl_sys_openat(LKL_AT_FDCWD, path + 64,
						       LKL_O_WRONLY |
						       LKL_O_CREAT, 0644),
					path + 64);
		len = strlen(text);
		if (must(lkl_sys_write(fd, text, len), "write") != (long)len)
			must(-LKL_ENOSPC, "write");
		must(lkl_sys_close(fd), "close");
	}
	must(lkl_sys_chdir("/"), "chdir");
	if (lkl_umount(path, &err) < 0) {
		fprintf(stderr, "manyfiles: %s\n", err.text);
		return 1;
	}
	lkl_disk_close(disk);
	must(lkl_halt(), "halt");
	return 0;
}
