/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qemu-images.h - for tests of images that a server of QEMU opens.
 */
#ifndef TESTS_UNIT_QEMU_IMAGES_H
#define TESTS_UNIT_QEMU_IMAGES_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "open-image.h"
#include "shell.h"
#include "unit.h"

#define SIZE	(4u << 20)

/* @directory: for the sockets of the servers */
static char pattern[SIZE], buffer[SIZE], directory[4096];

/* Before the first image is opened. */
static inline void need_qemu(void)
{
	size_t i;

#ifndef HAVE_LIBNBD
	SKIP_ALL("built without libnbd");
#endif
	if (system("qemu-nbd --version >/dev/null 2>&1") ||
	    system("qemu-img --version >/dev/null 2>&1"))
		SKIP_ALL("qemu-utils is not installed");
	for (i = 0; i < SIZE; i++)
		pattern[i] = (i * 7 + i / 512) | 0x41;
	REQUIRE(getcwd(directory, sizeof(directory) - 10));
	strcat(directory, "/sockets");
	REQUIRE(!mkdir(directory, 0700));
	setenv("XDG_RUNTIME_DIR", directory, 1);
}

/* Processes that were started for an image in this directory. */
static inline int servers(void)
{
	char path[300], line[4096], cwd[4096];
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	ssize_t n, i;
	int fd, found = 0;

	REQUIRE(proc && getcwd(cwd, sizeof(cwd)));
	while ((entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		n = read(fd, line, sizeof(line) - 1);
		close(fd);
		for (i = 0; i < n; i++)
			if (!line[i])
				line[i] = ' ';
		line[n > 0 ? n : 0] = '\0';
		if (!strncmp(line, "qemu-", 5) && strstr(line, cwd))
			found++;
	}
	closedir(proc);
	return found;
}

static inline bool servers_end(void)
{
	int i;

	for (i = 0; i < 500 && servers(); i++)
		usleep(10000);
	return !servers();
}

#endif /* TESTS_UNIT_QEMU_IMAGES_H */
