// SPDX-License-Identifier: GPL-2.0-only
/*
 * can-mount.c - test whether the caller can mount with FUSE: with mount(2) as
 * root of its namespace, otherwise through fusermount3.
 *
 * Usage: can-mount DIRECTORY
 *
 * If not, it prints the reason and exits with 1.  It needs no daemon, because
 * nothing uses the mount.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

static int no(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

static int by_mount(const char *dir, int fd)
{
	char options[80];

	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (mount("can-mount", dir, "fuse", MS_NODEV | MS_NOSUID, options))
		return no("mount");
	return umount2(dir, MNT_DETACH) ? no("umount") : 0;
}

static int run(const char *option, const char *dir, int comm)
{
	char text[16];
	int status;
	pid_t pid = fork();

	if (!pid) {
		snprintf(text, sizeof(text), "%d", comm);
		setenv("_FUSE_COMMFD", text, 1);
		dup2(STDOUT_FILENO, STDERR_FILENO);
		if (option)
			execlp("fusermount3", "fusermount3", "-u", "-z", "--",
			       dir, (char *)NULL);
		else
			execlp("fusermount3", "fusermount3", "--", dir,
			       (char *)NULL);
		printf("fusermount3: %s\n", strerror(errno));
		fflush(stdout);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return no("fusermount3");
	return status ? 1 : 0;
}

static int by_fusermount(const char *dir)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		return no("socketpair");
	/* It sends a descriptor, which ends here with us. */
	if (run(NULL, dir, fds[1]))
		return 1;
	return run("-u", dir, fds[1]);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2)
		return 2;
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return no("/dev/fuse");
	return geteuid() ? by_fusermount(argv[1]) : by_mount(argv[1], fd);
}
