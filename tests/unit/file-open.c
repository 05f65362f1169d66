// SPDX-License-Identifier: GPL-2.0-only
/*
 * file-open.c - tests which files the file protocol opens, which it refuses, and
 * its messages.
 */
#define _GNU_SOURCE 1

#include <dirent.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "file-faults.h"

/* ---- Opening ---- */

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	REQUIRE(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void open_fails(const char *path, unsigned int flags, int want,
		       const char *text)
{
	const struct blk_options options = { .flags = flags };
	struct blk *const untouched = (struct blk *)buffer;
	struct blk *blk = untouched;
	struct lkl_error err = { "" };
	int fds = count_fds();

	CHECK_EQ(blk_open(path, &options, &blk, &err), want);
	CHECK_STR(err.text, text);
	CHECK(blk == untouched);
	CHECK_EQ(blk_open(path, &options, &blk, NULL), want);
	CHECK_EQ(count_fds(), fds);
}

static void open_missing(void)
{
	open_fails("missing", 0, -ENOENT,
		   "missing: cannot open: No such file or directory");
	open_fails("missing", BLK_OPEN_READ_ONLY, -ENOENT,
		   "missing: cannot open: No such file or directory");
	open_fails("", 0, -ENOENT, ": cannot open: No such file or directory");
}

static void open_wrong_types(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	open_fails("/", BLK_OPEN_READ_ONLY, -EISDIR,
		   "/: is a directory, neither an image file nor a block device");
	/* Would wait for a writer for ever if it were opened. */
	REQUIRE(!mkfifo("fifo", 0666));
	open_fails("fifo", BLK_OPEN_READ_ONLY, -ENOTBLK,
		   "fifo: is a fifo, neither an image file nor a block device");
	open_fails("/dev/null", 0, -ENOTBLK,
		   "/dev/null: is a character device, neither an image file nor a block device");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	strcpy(addr.sun_path, "socket");
	REQUIRE(fd >= 0);
	REQUIRE(!bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	open_fails("socket", 0, -ENOTBLK,
		   "socket: is a socket, neither an image file nor a block device");
	close(fd);
	unlink("fifo");
	unlink("socket");
}

static void open_empty(void)
{
	make_image(0);
	open_fails(IMAGE, 0, -EINVAL, "image: is empty");
}

static void open_unknown_flags(void)
{
	make_image(4096);
	open_fails(IMAGE, 0x100, -EINVAL, "unknown open flags 0x100");
}

static void open_unwritable(void)
{
	bool root = !geteuid();
	struct blk *blk;

	make_image(4096);
	REQUIRE(!chmod(IMAGE, 0444));
	/* Permissions do not bind root. */
	if (root)
		REQUIRE(!chmod(".", 0755) && !seteuid(65534));
	open_fails(IMAGE, 0, -EACCES,
		   "image: cannot open for writing: Permission denied");
	blk = open_raw(BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk_pread(blk, buffer, 4096, 0), 0);
	CHECK(!memcmp(buffer, pattern, 4096));
	blk_close(blk);
	if (root)
		REQUIRE(!seteuid(0));
	unlink(IMAGE);
}

/* The reason is told even if the path fills the message. */
static void open_long_path(void)
{
	const char *reason = "nowhere: cannot open: File name too long";
	struct lkl_error err = { "" };
	static char path[5000];
	struct blk *blk;
	size_t len;

	memset(path, 'x', sizeof(path) - 1);
	memcpy(path + sizeof(path) - 1 - 7, "nowhere", 7);
	CHECK_EQ(blk_open(path, NULL, &blk, &err), -ENAMETOOLONG);
	len = strlen(err.text);
	CHECK_EQ(len, sizeof(err.text) - 1);
	CHECK(!strncmp(err.text, "...xxx", 6));
	CHECK_STR(err.text + len - strlen(reason), reason);
}

static void open_is_not_inherited(void)
{
	struct blk *blk;
	char name[64], target[4096];
	struct dirent *entry;
	int fd, found = 0;
	ssize_t len;
	DIR *dir;

	make_image(4096);
	blk = open_raw(0);
	dir = opendir("/proc/self/fd");
	REQUIRE(dir);
	while ((entry = readdir(dir))) {
		fd = atoi(entry->d_name);
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		len = readlink(name, target, sizeof(target) - 1);
		if (len < 6 || memcmp(target + len - 6, "/" IMAGE, 6))
			continue;
		found++;
		CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	}
	closedir(dir);
	blk_close(blk);
	CHECK_EQ(found, 1);
}

static void properties(void)
{
	struct blk *blk;
	int fds;

	make_image(MIB);
	fds = count_fds();
	blk = open_raw(0);
	CHECK_EQ(blk->size, MIB);
	CHECK_EQ(blk->sector_size, 512);
	CHECK(blk->physical_size >= 512 && blk->physical_size <= 4096);
	CHECK_EQ(blk->caps, BLK_CAP_WRITE | BLK_CAP_DISCARD |
			    BLK_CAP_WRITE_ZEROES);
	blk_close(blk);
	blk = open_raw(BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk->size, MIB);
	CHECK_EQ(blk->caps, 0);
	blk_close(blk);
	blk_close(NULL);
	CHECK_EQ(count_fds(), fds);
}

static void huge_sparse_file(void)
{
	const uint64_t size = 8ull << 40;
	struct blk *blk;
	char byte;

	make_image(1);
	if (truncate(IMAGE, size)) {
		/* Some host file systems end earlier. */
		REQUIRE(errno == EFBIG);
		return;
	}
	blk = open_raw(0);
	CHECK_EQ(blk->size, size);
	CHECK_EQ(blk_pread(blk, &byte, 1, size - 1), 0);
	CHECK_EQ(byte, 0);
	CHECK_EQ(blk_pread(blk, &byte, 1, size), -EINVAL);
	blk_close(blk);
	unlink(IMAGE);
}

int main(void)
{
	begin();

	RUN(open_missing);
	RUN(open_wrong_types);
	RUN(open_empty);
	RUN(open_unknown_flags);
	RUN(open_unwritable);
	RUN(open_long_path);
	RUN(open_is_not_inherited);
	RUN(properties);
	RUN(huge_sparse_file);
	return unit_exit();
}
