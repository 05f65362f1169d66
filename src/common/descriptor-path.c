// SPDX-License-Identifier: GPL-2.0-only
/*
 * descriptor-path.c - paths of open files, by their links in /proc.
 */
#include "descriptor-path.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

const char *descriptor_path(int fd, char buf[DESCRIPTOR_PATH_SIZE])
{
	snprintf(buf, DESCRIPTOR_PATH_SIZE, "/proc/self/fd/%d", fd);
	return buf;
}

int descriptor_name(int fd, char *ret_name)
{
	char path[DESCRIPTOR_PATH_SIZE];
	ssize_t len = readlink(descriptor_path(fd, path), ret_name,
			       PATH_MAX - 1);

	if (len < 0)
		return -errno;
	ret_name[len] = '\0';
	return 0;
}
