// SPDX-License-Identifier: GPL-2.0-only
/*
 * largefile.c - makes a file system with a file of any size, of which only the
 * first bytes were written, and a small file after it.
 *
 * Usage: largefile TYPE IMAGE SIZE
 */
#include <stdio.h>
#include <stdlib.h>

#include <lkl.h>

static long must(long ret, const char *what)
{
	if (ret < 0) {
		fprintf(stderr, "largefile: %s: %s\n", what,
			lkl_strerror((int)ret));
		exit(1);
	}
	return ret;
}

static void make(const char *name, const char *text, unsigned int len,
		 long size)
{
	unsigned int fd;

	fd = (unsigned int)must(lkl_sys_openat(LKL_AT_FDCWD, name,
					       LKL_O_WRONLY | LKL_O_CREAT,
					       0644), name);
	must(lkl_sys_write(fd, text, len), "write");
	must(lkl_sys_ftruncate(fd, size), "truncate");
	must(lkl_sys_close(fd), "close");
}

int main(int argc, char **argv)
{
	struct lkl_error err;
	struct lkl_disk *disk;
	char path[64];

	if (argc != 4) {
		fprintf(stderr, "usage: largefile TYPE IMAGE SIZE\n");
		return 2;
	}
	if (lkl_disk_open(argv[2], 0, &disk, &err) < 0 ||
	    lkl_start(NULL, &err) < 0 || lkl_disk_add(disk, &err) < 0 ||
	    lkl_mount(disk, 0, argv[1], 0, NULL, path, sizeof(path),
		      &err) < 0) {
		fprintf(stderr, "largefile: %s\n", err.text);
		return 1;
	}
	must(lkl_sys_chdir(path), "chdir");
	make("large", "begin", 5, atol(argv[3]));
	make("small", "behind", 6, 6);
	must(lkl_sys_chdir("/"), "chdir");
	if (lkl_umount(path, &err) < 0) {
		fprintf(stderr, "largefile: %s\n", err.text);
		return 1;
	}
	lkl_disk_close(disk);
	must(lkl_halt(), "halt");
	return 0;
}
