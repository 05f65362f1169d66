// SPDX-License-Identifier: GPL-2.0-only
/*
 * private-root.c - tests of the sandbox with a root directory of its own: what
 * an attacker tries as root fails, and cannot reach files outside.
 *
 * needs: root
 *
 * A process cannot leave a sandbox, so each test runs in a child.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/sandbox/sandbox.h"
#include "unit.h"

#define CAP(name) (1ull << CAP_ ## name)

/* All that could help an attacker, more than cpfromfs has. */
#define CAPABILITIES (CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) | CAP(FOWNER) | \
		      CAP(CHOWN) | CAP(FSETID) | CAP(MKNOD) | CAP(SETFCAP) | \
		      CAP(SYS_ADMIN))

#define STATUS_NO_ENTRY	101
#define STATUS_LAYER	102

static char outside[4096];	/* a file beside the root, by its full path */

static int in_private_root(int (*try)(void))
{
	const struct sandbox_options options = {
		.root = "inside", .keep_capabilities = CAPABILITIES,
	};
	struct lkl_error err = { "" };
	int status, layers;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		layers = sandbox_enter(&options, &err);
		if (layers < 0) {
			printf("# %s\n", err.text);
			fflush(stdout);
			_exit(STATUS_NO_ENTRY);
		}
		_exit(layers & SANDBOX_PRIVATE_ROOT ? try() : STATUS_LAYER);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* Each returns 0 if a file outside was reached in one of the ways. */
static int failed(long ret)
{
	return ret < 0 ? errno : 0;
}

static int try_chmod(void)
{
	return !chmod(outside, 0777) || !chmod("../outside", 0777) ||
		!chmod("link", 0777) ? 0 : errno;
}

static int try_chown(void)
{
	return !chown(outside, 1, 1) || !chown("../outside", 1, 1) ||
		!chown("link", 1, 1) ? 0 : errno;
}

static int try_utimes(void)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };

	return !utimensat(AT_FDCWD, outside, times, 0) ||
		!utimensat(AT_FDCWD, "../outside", times, 0) ||
		!utimensat(AT_FDCWD, "link", times, 0) ? 0 : errno;
}

static int try_setxattr(void)
{
	return !setxattr(outside, "trusted.attack", "", 0, 0) ||
		!setxattr("../outside", "trusted.attack", "", 0, 0) ||
		!setxattr("link", "trusted.attack", "", 0, 0) ? 0 : errno;
}

static int try_open(void)
{
	return open(outside, O_RDONLY | O_CLOEXEC) >= 0 ||
		open("../outside", O_PATH | O_CLOEXEC) >= 0 ||
		open("link", O_PATH | O_CLOEXEC) >= 0 ? 0 : errno;
}

/* ".." of the root is the root: the first one is made inside. */
static int try_mkdir(void)
{
	mkdir("../made", 0777);
	return failed(mkdir(outside, 0777));
}

/* Descriptors that were opened inside lead nowhere, either. */
static int try_fchdir(void)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fchdir(fd) < 0 || chdir("..") < 0)
		return errno;
	return failed(open("outside", O_PATH | O_CLOEXEC));
}

static int try_chroot(void)
{
	return failed(chroot("."));
}

static int try_mount(void)
{
	return failed(mount(NULL, ".", NULL, MS_REMOUNT | MS_BIND, NULL));
}

/* One that was made outside. */
static int use_device(void)
{
	return failed(open("null", O_RDWR | O_CLOEXEC));
}

static int make_device(void)
{
	return failed(mknod("own", S_IFCHR | 0666, makedev(1, 3)));
}

static int use_files(void)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
	int fd = open("made", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1 || fchown(fd, 12, 34) < 0 ||
	    fchmod(fd, 04711) < 0 || futimens(fd, times) < 0 || close(fd) < 0)
		return errno;
	if (mkdir("directory", 0755) < 0 || symlink("made", "symlink") < 0 ||
	    link("made", "/directory/link") < 0 || unlink("made") < 0)
		return errno;
	return 0;
}

static void files_inside_are_usable(void)
{
	struct stat st;

	CHECK_EQ(in_private_root(use_files), 0);
	REQUIRE(!stat("inside/directory/link", &st));
	CHECK_EQ(st.st_uid, 12);
	CHECK_EQ(st.st_gid, 34);
	CHECK_EQ(st.st_mode & 07777, 04711);
	CHECK_EQ(st.st_mtime, 1);
}

static void files_outside_cannot_be_reached(void)
{
	struct stat before, after;

	REQUIRE(!stat(outside, &before));
	/* The filter refuses these even inside. */
	CHECK_EQ(in_private_root(try_chmod), EACCES);
	CHECK_EQ(in_private_root(try_chown), EACCES);
	CHECK_EQ(in_private_root(try_utimes), EACCES);
	CHECK_EQ(in_private_root(try_setxattr), EACCES);
	CHECK_EQ(in_private_root(try_open), ENOENT);
	CHECK_EQ(in_private_root(try_mkdir), ENOENT);
	CHECK_EQ(in_private_root(try_fchdir), ENOENT);
	REQUIRE(!stat(outside, &after));
	CHECK_EQ(after.st_mode, before.st_mode);
	CHECK_EQ(after.st_uid, before.st_uid);
	CHECK_EQ(after.st_mtime, before.st_mtime);
	CHECK_EQ(after.st_ctime, before.st_ctime);
	CHECK(access("made", F_OK) < 0);
}

static void devices_cannot_be_opened(void)
{
	int fd;

	REQUIRE(!mknod("inside/null", S_IFCHR | 0666, makedev(1, 3)));
	CHECK_EQ(in_private_root(use_device), EACCES);
	CHECK_EQ(in_private_root(make_device), ENOSYS);
	CHECK(access("inside/own", F_OK) < 0);
	/* It is the sandbox that refuses it: outside it works. */
	fd = open("inside/null", O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0);
	close(fd);
}

static void the_root_cannot_be_changed(void)
{
	CHECK_EQ(in_private_root(try_chroot), -SIGSYS);
	CHECK_EQ(in_private_root(try_mount), -SIGSYS);
}

int main(void)
{
	int fd;

	REQUIRE(getcwd(outside, sizeof(outside) - 16));
	strcat(outside, "/outside");
	fd = open(outside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	REQUIRE(fd >= 0 && !close(fd));
	REQUIRE(!mkdir("inside", 0755));
	REQUIRE(!symlink(outside, "inside/link"));
	RUN(files_inside_are_usable);
	RUN(files_outside_cannot_be_reached);
	RUN(devices_cannot_be_opened);
	RUN(the_root_cannot_be_changed);
	return unit_exit();
}
