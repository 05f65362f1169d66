// SPDX-License-Identifier: GPL-2.0-only
/*
 * standard-descriptors.c - keeps files off the numbers 0, 1 and 2.
 */
#include "standard-descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Opens something that standard input (or output) cannot be used with. */
static int open_unusable(int for_fd)
{
	int fd = open("/dev/null", for_fd == STDIN_FILENO ? O_WRONLY :
		      O_RDONLY);

	/* There may be no /dev. */
	return fd >= 0 ? fd : epoll_create1(0);
}

void standard_descriptors_fill(void)
{
	int fd;

	/* Lowest first: open() takes the lowest number that is free. */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open_unusable(fd) != fd)
			_exit(EXIT_FAILURE);
}
