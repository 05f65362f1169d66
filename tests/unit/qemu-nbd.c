// SPDX-License-Identifier: GPL-2.0-only
/*
 * qemu-nbd.c - tests images of formats that only QEMU knows: written data reaches the
 * image, and the server runs no longer than needed.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qemu-images.h"
#include "server-attack.h"

/* Nothing is left of the sockets. */
static bool directory_empty(void)
{
	return rmdir(directory) == 0 && mkdir(directory, 0700) == 0;
}

static void write_and_compare(const char *format, const char *path)
{
	struct blk *blk;
	int fd;

	unlink(path);
	REQUIRE(!shell("qemu-img create -q -f %s \"$PWD\"/'%s' %u", format, path, SIZE));
	blk = open_image(path, format, 0);
	CHECK_EQ(blk->size, SIZE);
	CHECK(blk->caps & BLK_CAP_WRITE);
	CHECK_EQ(blk_pread(blk, buffer, SIZE, 0), 0);
	CHECK(!buffer[0] && !memcmp(buffer, buffer + 1, SIZE - 1));
	CHECK_EQ(blk_pwrite(blk, pattern, SIZE, 0), 0);
	CHECK_EQ(blk_pwrite(blk, pattern + 1, 1000, 77), 0);
	CHECK_EQ(blk_write_zeroes(blk, 65536, 1 << 20, true), 0);
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(servers(), 1);
	blk_close(blk);
	/* At once, so that the next one finds the image free. */
	CHECK_EQ(servers(), 0);

	memcpy(buffer, pattern, SIZE);
	memcpy(buffer + 77, pattern + 1, 1000);
	memset(buffer + 65536, 0, 1 << 20);
	fd = open("raw", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	REQUIRE(fd >= 0 && write(fd, buffer, SIZE) == SIZE);
	close(fd);
	CHECK(!shell("qemu-img compare -q -f raw -F %s raw \"$PWD\"/'%s'", format, path));

	blk = open_image(path, format, BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk->caps, 0);
	memset(buffer, 0, 1000);
	CHECK_EQ(blk_pread(blk, buffer, 1000, 77), 0);
	CHECK(!memcmp(buffer, pattern + 1, 1000));
	blk_close(blk);
	CHECK(directory_empty());
}

static void vmdk(void)
{
	write_and_compare("vmdk", "image");
}

/* Made by qemu-img of a raw image, and read. */
static void vmdk_of_kind(const char *subformat, unsigned int flags)
{
	struct blk *blk;
	int fd;

	fd = open("raw", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	REQUIRE(fd >= 0 && write(fd, pattern, SIZE) == SIZE);
	close(fd);
	REQUIRE(!shell("rm -f image image-*; qemu-img convert -f raw -O vmdk "
		     "-o subformat=%s raw image", subformat));
	blk = open_image("image", "vmdk", BLK_OPEN_READ_ONLY | flags);
	CHECK_EQ(blk->size, SIZE);
	memset(buffer, 0, SIZE);
	CHECK_EQ(blk_pread(blk, buffer, SIZE, 0), 0);
	CHECK(!memcmp(buffer, pattern, SIZE));
	blk_close(blk);
	CHECK(servers_end());
}

/* The extents are files of their own, which the image must not name. */
static void vmdk_split(void)
{
	struct blk *blk;

	vmdk_of_kind("twoGbMaxExtentSparse", BLK_OPEN_NAMED_FILES);
	CHECK(!shell("test -e image-s001.vmdk -o -e image-s001"));
	vmdk_of_kind("twoGbMaxExtentFlat", BLK_OPEN_NAMED_FILES);
	blk = open_image("image", "vmdk", BLK_OPEN_NAMED_FILES);
	CHECK_EQ(blk_pwrite(blk, pattern + 1, 65536, 0), 0);
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(blk_close(blk), 0);
	if (has_landlock())
		CHECK(refused("image", "vmdk", BLK_OPEN_READ_ONLY,
			      "names other files, which are opened only with --allow-backing") < 0);
}

static void vmdk_stream_optimized(void)
{
	vmdk_of_kind("streamOptimized", 0);
}

static void vdi(void)
{
	write_and_compare("vdi", "image");
}

static void vpc(void)
{
	struct blk *blk;

	/* Whose size is one of cylinders, unless told otherwise. */
	unlink("image");
	REQUIRE(!shell("qemu-img create -q -f vpc -o force_size=on image %u",
		     SIZE));
	blk = open_image("image", "vhd", 0);
	CHECK_EQ(blk->size, SIZE);
	CHECK_EQ(blk_pwrite(blk, pattern, 4096, 4096), 0);
	blk_close(blk);
	blk = open_image("image", "vpc", BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk_pread(blk, buffer, 4096, 4096), 0);
	CHECK(!memcmp(buffer, pattern, 4096));
	blk_close(blk);
}

static void vhdx(void)
{
	write_and_compare("vhdx", "image");
}

static void qed(void)
{
	write_and_compare("qed", "image");
}

/* Names that other programs take for options or protocols. */
static void names(void)
{
	write_and_compare("vdi", "with, comma,file.locking=off");
	write_and_compare("vdi", "nbd:unix:socket");
	write_and_compare("vdi", "-r");
	write_and_compare("vdi", "a ; false \"quoted\" $(x)");
}

static void refusals(void)
{
	REQUIRE(!shell("qemu-img create -q -f vdi image %u", SIZE));
	CHECK_EQ(refused("image", "vmdk", 0, "cannot open as vmdk: "), -EINVAL);
	CHECK_EQ(refused("image", "dmg", BLK_OPEN_READ_ONLY,
			 "cannot open as dmg: "), -EINVAL);
	CHECK_EQ(refused("image", "luks", 0, "not supported, only raw, qcow2, xz, gz, zst, vmdk,"),
		 -ENOTSUP);
	CHECK_EQ(refused("image", "", 0, "not supported"), -ENOTSUP);
	CHECK_EQ(refused("image", "vdi,file.locking=off", 0, "not supported"),
		 -ENOTSUP);
	CHECK_EQ(refused("missing", "vdi", 0, "No such file"), -ENOENT);
	CHECK_EQ(refused(".", "vdi", 0, "cannot open"), -EINVAL);
	CHECK(servers_end());
	CHECK(directory_empty());
}

/* By QEMU's locks: of two writers the second one fails. */
static void locked(void)
{
	struct blk *blk, *other;

	REQUIRE(!shell("qemu-img create -q -f vdi image %u", SIZE));
	blk = open_image("image", "vdi", 0);
	CHECK(refused("image", "vdi", 0, "lock") < 0);
	other = open_image("image", "vdi", BLK_OPEN_NO_LOCK | BLK_OPEN_READ_ONLY);
	blk_close(other);
	blk_close(blk);
	CHECK_EQ(refused("image", "vdi", 0, ""), 0);
}

/* However we go, it goes too, and what was flushed is in the image. */
static void killed(void)
{
	int ready[2];
	struct blk *blk;
	char byte;
	pid_t pid;

	REQUIRE(!shell("qemu-img create -q -f vdi image %u", SIZE));
	REQUIRE(!pipe2(ready, O_CLOEXEC));
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		blk = open_image("image", "vdi", 0);
		if (blk_pwrite(blk, pattern, 65536, 0) || blk_flush(blk) ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	REQUIRE(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	CHECK_EQ(servers(), 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK(servers_end());
	blk = open_image("image", "vdi", BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk_pread(blk, buffer, 65536, 0), 0);
	CHECK(!memcmp(buffer, pattern, 65536));
	blk_close(blk);
}

/*
 * The opener is killed while it waits for a server that never answers: @command
 * makes fake/qemu-nbd, which runs with a command line that matches @pattern.
 */
static void kill_opener(const char *command, const char *pattern)
{
	char *path = strdup(getenv("PATH"));
	FILE *file = NULL;
	pid_t pid, server = 0;
	int i;

	REQUIRE(path && !shell("rm -rf fake; mkdir fake"));
	REQUIRE(!shell("%s", command));
	REQUIRE(!shell("qemu-img create -q -f vdi image %u", SIZE));
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		char wanted[4200];

		snprintf(wanted, sizeof(wanted), "fake:%s", path);
		setenv("PATH", wanted, 1);
		open_image("image", "vdi", 0);
		_exit(1);
	}
	for (i = 0; i < 1000 && server <= 1; i++) {
		usleep(10000);
		REQUIRE(!shell("pgrep -f \"%s\" >fake-pid || :", pattern));
		file = fopen("fake-pid", "re");
		REQUIRE(file);
		if (fscanf(file, "%d", &server) != 1)
			server = 0;
		fclose(file);
	}
	REQUIRE(server > 1);
	CHECK(!kill(server, 0));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (i = 0; i < 500 && !kill(server, 0); i++)
		usleep(10000);
	CHECK(kill(server, 0) && errno == ESRCH);
	free(path);
}

/* Also one that has not yet answered, and would not end by itself. */
static void killed_early(void)
{
	char command[128], pattern[64];

	/* In its sandbox it can leave no file, but it can have a name. */
	snprintf(command, sizeof(command),
		 "printf '#!/bin/sh\\nexec sleep 300.%d\\n' >fake/qemu-nbd; chmod +x fake/qemu-nbd",
		 getpid());
	snprintf(pattern, sizeof(pattern), "^sleep 300[.]%d$", getpid());
	kill_opener(command, pattern);
}

static void miss_one_signal(int number)
{
	signal(number, SIG_DFL);
}

/* Runs as qemu-nbd, which may miss a signal that comes just before it sleeps. */
__attribute__((noreturn)) static void miss_signal(void)
{
	signal(SIGTERM, miss_one_signal);
	for (;;)
		pause();
}

static void missed_signal(void)
{
	setenv("MISS_SIGNAL", "1", 1);
	kill_opener("ln -s \"$(readlink -f /proc/$PPID/exe)\" fake/qemu-nbd",
		    "^qemu-nbd .*$PWD/image");
	unsetenv("MISS_SIGNAL");
}

/* A server that dies takes the disk with it. */
static void dead_server(void)
{
	struct blk *blk;

	REQUIRE(!shell("qemu-img create -q -f vdi image %u", SIZE));
	blk = open_image("image", "vdi", 0);
	REQUIRE(!shell("kill -9 $(pgrep -f \"^qemu-.*$PWD/image\")"));
	CHECK_EQ(blk_pwrite(blk, pattern, 65536, 0), -ECONNRESET);
	CHECK_EQ(blk_flush(blk), -ECONNRESET);
	CHECK_EQ(blk_close(blk), -EREMOTEIO);
	CHECK_EQ(servers(), 0);
	/* One that is only read from has nothing to lose. */
	blk = open_image("image", "vdi", BLK_OPEN_READ_ONLY);
	REQUIRE(!shell("kill -9 $(pgrep -f \"^qemu-.*$PWD/image\")"));
	CHECK_EQ(blk_close(blk), 0);
	/* Others were written to last when all was well. */
	blk = open_image("image", "vdi", 0);
	CHECK_EQ(blk_pwrite(blk, pattern, 65536, 0), 0);
	CHECK_EQ(blk_flush(blk), 0);
	REQUIRE(!shell("kill -9 $(pgrep -f \"^qemu-.*$PWD/image\")"));
	CHECK_EQ(blk_close(blk), -EREMOTEIO);
}

static pid_t server_pid(void)
{
	FILE *file = popen("pgrep -f \"^qemu-.*$PWD/image\"", "re");
	int pid = 0;

	REQUIRE(file && fscanf(file, "%d", &pid) == 1);
	pclose(file);
	return pid;
}

/* The server's descriptor of @path, in this process; or -1. */
static int take_descriptor(pid_t pid, const char *path)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0), fd, copy = -1;
	struct stat want, st;

	REQUIRE(pidfd >= 0 && !stat(path, &want));
	for (fd = 0; fd < 64; fd++) {
		copy = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
		if (copy >= 0 && !fstat(copy, &st) &&
		    st.st_ino == want.st_ino && st.st_dev == want.st_dev)
			break;
		close(copy);
		copy = -1;
	}
	close(pidfd);
	return copy;
}

/* As the server of a network file system may take them away. */
static void lost_locks(void)
{
	const struct flock all = { .l_type = F_UNLCK, .l_whence = SEEK_SET };
	struct lkl_error err = { "" };
	struct blk *blk;
	int fd;

	REQUIRE(!shell("qemu-img create -q -f vdi image %u", SIZE));
	blk = open_image("image", "vdi", 0);
	CHECK_EQ(blk_pwrite(blk, pattern, 65536, 0), 0);
	CHECK_EQ(blk_flush(blk), 0);
	fd = take_descriptor(server_pid(), "image");
	if (fd < 0) {
		printf("skip: lost locks, as the host hides descriptors\n");
	} else {
		REQUIRE(!fcntl(fd, F_OFD_SETLK, &all));
		CHECK_EQ(blk_flush(blk), -ENOLCK);
		CHECK_EQ(blk_failure(blk, &(enum blk_operation){ 0 }), -ENOLCK);
		CHECK(blk_explain(blk, &err) &&
		      strstr(err.text, "lost its lock on the image"));
		close(fd);
	}
	blk_close(blk);
	/* Without locks there are none to lose. */
	blk = open_image("image", "vdi", BLK_OPEN_NO_LOCK);
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(blk_close(blk), 0);
}

/* ---- Confinement ---- */

/* Runs as qemu-nbd and says on standard error what it was able to do. */
static int attack(void)
{
	static const char *const files[] = {
		"read", "../secret", "list", "..", "other", "other",
	};
	char result[4096] = "allowed:";
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	bool writable = getenv("ATTACK_WRITABLE");
	unsigned int i;
	int fd, pair[2];
	pid_t pid;

#define NOTE(what)	strcat(strcat(result, " "), what)
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i += 2)
		if (open(files[i + 1], O_RDONLY | O_CLOEXEC) >= 0)
			NOTE(files[i]);
	if (open("image", O_RDONLY | O_CLOEXEC) < 0)
		NOTE("NOT-image");
	if ((open("image", O_RDWR | O_CLOEXEC) >= 0) != writable)
		NOTE("write");
	if (open("new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0)
		NOTE("create");
	if (!unlink("other"))
		NOTE("unlink");
	if (!chmod("image", 0600) || !utimes("image", NULL))
		NOTE("attributes");
	if (socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 ||
	    socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0)
		NOTE("socket");
	/* One of these could send to others. */
	if (!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		NOTE("socketpair");
	/* The listening socket is the only one that there is. */
	strcpy(addr.sun_path, "listener");
	if (!connect(3, (struct sockaddr *)&addr, sizeof(addr)))
		NOTE("connect");
	if (!kill(getppid(), 0))
		NOTE("kill");
	if (syscall(SYS_ptrace, 0, 0, NULL, NULL) >= 0)
		NOTE("ptrace");
	pid = fork();
	if (!pid)
		_exit(0);
	if (pid > 0)
		NOTE("fork");
	attack_calls(result);
	/* Nothing is inherited but what it needs. */
	for (fd = 5; fd < 100; fd++)
		if (fcntl(fd, F_GETFD) >= 0 && fd > 20)
			NOTE("descriptor");
	fprintf(stderr, "%s\n", result);
	return 1;
}

/* @result is all that the attacker says. */
static void attacked(unsigned int flags, const char *result)
{
	const struct blk_options options = { .flags = flags, .format = "vdi" };
	struct lkl_error err = { "" };
	struct blk *blk;
	char want[256];

	snprintf(want, sizeof(want), "image: cannot open as vdi: %s", result);
	CHECK_EQ(blk_open("image", &options, &blk, &err), -EINVAL);
	CHECK_STR(err.text, want);
}

static void attacks_fail(void)
{
	char wanted[4200], *path;

	if (!has_landlock()) {
		printf("skip: attacks on files, as the host has no Landlock\n");
		return;
	}
	path = strdup(getenv("PATH"));
	REQUIRE(path && !shell("rm -rf fake secret inside; mkdir fake inside; "
			     "echo x >secret; echo x >inside/other; "
			     "echo x >inside/image"));
	REQUIRE(!shell("ln -s /proc/%d/exe fake/link; ln -s \"$(readlink -f fake/link)\" fake/qemu-nbd",
		     getpid()));
	REQUIRE(!chdir("inside"));
	snprintf(wanted, sizeof(wanted), "../fake:%s", path);
	setenv("PATH", wanted, 1);
	setenv("ATTACK", "1", 1);
	attacked(BLK_OPEN_READ_ONLY, "allowed:");
	setenv("ATTACK_WRITABLE", "1", 1);
	attacked(0, "allowed:");
	attacked(BLK_OPEN_NAMED_FILES, "allowed: read list other");
	unsetenv("ATTACK");
	unsetenv("ATTACK_WRITABLE");
	setenv("PATH", path, 1);
	REQUIRE(!chdir(".."));
	free(path);
}

/* With a path of nothing but what is said. */
static void with_path(const char *program, void (*test)(void))
{
	char *path = strdup(getenv("PATH"));

	REQUIRE(path);
	REQUIRE(!shell("rm -rf bin; mkdir bin"));
	if (program)
		REQUIRE(!shell("ln -s \"$(command -v %s)\" bin/", program));
	REQUIRE(!shell("for p in qemu-img sh rm mkdir kill pgrep; do ln -s \"$(command -v $p)\" bin/; done"));
	setenv("PATH", "bin", 1);
	test();
	setenv("PATH", path, 1);
	free(path);
}

static void nothing_installed_inside(void)
{
	CHECK_EQ(refused("image", "vdi", 0,
			 "needs qemu-nbd, which is not installed"), -ENOTSUP);
}

static void nothing_installed(void)
{
	with_path(NULL, nothing_installed_inside);
}

/* Instead of qemu-nbd. */
static void storage_daemon(void)
{
	if (system("command -v qemu-storage-daemon >/dev/null")) {
		printf("# qemu-storage-daemon is not installed\n");
		return;
	}
	with_path("qemu-storage-daemon", vdi);
	with_path("qemu-storage-daemon", names);
	with_path("qemu-storage-daemon", refusals);
	with_path("qemu-storage-daemon", locked);
	with_path("qemu-storage-daemon", killed);
	with_path("qemu-storage-daemon", dead_server);
}

int main(int argc, char **argv)
{
	if (argc && !strcmp(argv[0], "qemu-nbd") && getenv("ATTACK"))
		return attack();
	if (argc && !strcmp(argv[0], "qemu-nbd") && getenv("MISS_SIGNAL"))
		miss_signal();

	need_qemu();
	RUN(vmdk);
	RUN(vmdk_split);
	RUN(vmdk_stream_optimized);
	RUN(vdi);
	RUN(vpc);
	RUN(vhdx);
	RUN(qed);
	RUN(names);
	RUN(refusals);
	RUN(locked);
	RUN(killed);
	RUN(killed_early);
	RUN(missed_signal);
	RUN(dead_server);
	RUN(lost_locks);
	RUN(attacks_fail);
	RUN(nothing_installed);
	RUN(storage_daemon);
	return unit_exit();
}
