// SPDX-License-Identifier: GPL-2.0-only
/*
 * file-calls.c - the cost of one call on a file.
 *
 * Usage: file-calls stat|open|read|getdents FOLDER COUNT
 *
 * Makes a file of 4 KiB in FOLDER, makes the call COUNT times, and prints
 * nanoseconds for each.
 */
#define _GNU_SOURCE 1

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char buf[65536];

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void call_stat(const char *path, int file, int folder)
{
	struct stat st;

	(void)file;
	(void)folder;
	if (stat(path, &st))
		die("stat");
}

static void call_open(const char *path, int file, int folder)
{
	int fd = open(path, O_RDONLY);

	(void)file;
	(void)folder;
	if (fd < 0)
		die("open");
	close(fd);
}

static void call_read(const char *path, int file, int folder)
{
	(void)path;
	(void)folder;
	if (pread(file, buf, 4096, 0) != 4096)
		die("pread");
}

static void call_getdents(const char *path, int file, int folder)
{
	(void)path;
	(void)file;
	if (lseek(folder, 0, SEEK_SET) < 0 ||
	    syscall(SYS_getdents64, folder, buf, sizeof(buf)) <= 0)
		die("getdents64");
}

static const struct {
	const char *name;
	void (*make)(const char *path, int file, int folder);
} calls[] = {
	{ "stat", call_stat }, { "open", call_open }, { "read", call_read },
	{ "getdents", call_getdents },
};

int main(int argc, char **argv)
{
	unsigned long count, i;
	char path[4096];
	int file, folder;
	double start;
	size_t c;

	if (argc != 4 || !(count = strtoul(argv[3], NULL, 10))) {
		fprintf(stderr, "usage: file-calls CALL FOLDER COUNT\n");
		return EXIT_FAILURE;
	}
	snprintf(path, sizeof(path), "%s/measured", argv[2]);
	folder = open(argv[2], O_RDONLY | O_DIRECTORY);
	file = open(path, O_RDWR | O_CREAT, 0644);
	if (folder < 0 || file < 0 || pwrite(file, buf, 4096, 0) != 4096)
		die(path);
	for (c = 0; c < sizeof(calls) / sizeof(*calls); c++) {
		if (strcmp(calls[c].name, argv[1]))
			continue;
		start = now();
		for (i = 0; i < count; i++)
			calls[c].make(path, file, folder);
		printf("%.0f\n", (now() - start) * 1e9 / (double)count);
		return 0;
	}
	fprintf(stderr, "file-calls: no such call: %s\n", argv[1]);
	return EXIT_FAILURE;
}
