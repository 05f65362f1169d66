// SPDX-License-Identifier: GPL-2.0-only
/*
 * file.c - tests of blk.c and of the file protocol, on regular files.
 *
 * The system calls that do the work are interposed here, so that short
 * transfers, interruptions, errors and missing features happen when wanted.
 * blockdev.c has the tests on block devices.
 */
#define _GNU_SOURCE 1

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../lkl/blk/blk.h"
#include "unit.h"

/* ---- Faults ---- */

struct fault {
	int calls;		/* so many were made */
	int eintr;		/* so many fail with EINTR at first */
	size_t max;		/* bytes moved by a call, 0: all */
	int error;		/* then they fail with this ... */
	int after;		/* ... from this call on */
	bool nothing;		/* they return 0 */
};

static struct fault fault_read, fault_nowait, fault_write, fault_sync;
static int fault_punch, fault_zero_range;
static int fallocate_calls;

static void no_faults(void)
{
	const struct fault none = { 0 };

	fault_read = none;
	fault_nowait = none;
	fault_write = none;
	fault_sync = none;
	fault_punch = 0;
	fault_zero_range = 0;
	fallocate_calls = 0;
}

/* True if the call is to return *@ret without being made. */
static bool strike(struct fault *f, ssize_t *ret)
{
	f->calls++;
	*ret = -1;
	if (f->eintr) {
		f->eintr--;
		errno = EINTR;
		return true;
	}
	if (f->error && f->calls > f->after) {
		errno = f->error;
		return true;
	}
	*ret = 0;
	return f->nothing;
}

/* The buffers cut down to @max bytes, in *@n. */
static const struct iovec *shorten(const struct iovec *iov, int *n, size_t max)
{
	static struct iovec cut[1024];
	int i;

	if (!max)
		return iov;
	for (i = 0; i < *n && max; i++) {
		cut[i] = iov[i];
		if (cut[i].iov_len > max)
			cut[i].iov_len = max;
		max -= cut[i].iov_len;
	}
	*n = i;
	return cut;
}

ssize_t preadv(int fd, const struct iovec *iov, int n, off_t offset)
{
	ssize_t ret;

	if (strike(&fault_read, &ret))
		return ret;
	iov = shorten(iov, &n, fault_read.max);
	return syscall(SYS_preadv, fd, iov, (long)n, offset, 0l);
}

ssize_t preadv2(int fd, const struct iovec *iov, int n, off_t offset,
		int flags)
{
	ssize_t ret;

	CHECK_EQ(flags, RWF_NOWAIT);
	if (strike(&fault_nowait, &ret))
		return ret;
	/* Where some of it is said to be at hand, it is. */
	if (fault_nowait.max)
		flags = 0;
	iov = shorten(iov, &n, fault_nowait.max);
	return syscall(SYS_preadv2, fd, iov, (long)n, offset, 0l, (long)flags);
}

ssize_t pwritev(int fd, const struct iovec *iov, int n, off_t offset)
{
	ssize_t ret;

	if (strike(&fault_write, &ret))
		return ret;
	iov = shorten(iov, &n, fault_write.max);
	return syscall(SYS_pwritev, fd, iov, (long)n, offset, 0l);
}

int fdatasync(int fd)
{
	ssize_t ret;

	if (strike(&fault_sync, &ret))
		return ret;
	return syscall(SYS_fdatasync, fd);
}

int fallocate(int fd, int mode, off_t offset, off_t len)
{
	fallocate_calls++;
	CHECK(mode & FALLOC_FL_KEEP_SIZE);
	errno = mode & FALLOC_FL_PUNCH_HOLE ? fault_punch :
		mode & FALLOC_FL_ZERO_RANGE ? fault_zero_range : EINVAL;
	if (errno)
		return -1;
	return syscall(SYS_fallocate, fd, (long)mode, offset, len);
}

/* ---- Files ---- */

#define IMAGE		"image"
#define MIB		(1ull << 20)

static char pattern[MIB], buffer[MIB];

/* Make the image @size bytes long, with the pattern repeated in it. */
static void make_image(uint64_t size)
{
	int fd = open(IMAGE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	uint64_t done, n;

	REQUIRE(fd >= 0);
	for (done = 0; done < size; done += n) {
		n = size - done < MIB ? size - done : MIB;
		REQUIRE(pwrite(fd, pattern, n, done) == (ssize_t)n);
	}
	close(fd);
}

static uint64_t image_size(void)
{
	struct stat st;

	REQUIRE(!stat(IMAGE, &st));
	return st.st_size;
}

static struct blk *open_image(unsigned int flags)
{
	const struct blk_options options = { .flags = flags, .format = "raw" };
	struct lkl_error err = { "" };
	struct blk *blk = NULL;
	int ret;

	no_faults();
	ret = blk_open(IMAGE, &options, &blk, &err);
	if (ret)
		printf("# %s\n", err.text);
	REQUIRE(!ret && blk);
	return blk;
}

/* Does the image hold @want at @offset?  Asks the host, not the library. */
static bool image_has(uint64_t offset, const char *want, size_t len)
{
	int fd = open(IMAGE, O_RDONLY | O_CLOEXEC);
	bool same;

	REQUIRE(fd >= 0 && len <= sizeof(buffer));
	same = pread(fd, buffer, len, offset) == (ssize_t)len &&
	       !memcmp(buffer, want, len);
	close(fd);
	return same;
}

static bool is_zero(const char *p, size_t len)
{
	return !len || (!*p && !memcmp(p, p + 1, len - 1));
}

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
	open_fails(IMAGE, 0x80, -EINVAL, "unknown open flags 0x80");
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
	blk = open_image(BLK_OPEN_READ_ONLY);
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
	blk = open_image(0);
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
	blk = open_image(0);
	CHECK_EQ(blk->size, MIB);
	CHECK_EQ(blk->sector_size, 512);
	CHECK(blk->physical_size >= 512 && blk->physical_size <= 4096);
	CHECK_EQ(blk->caps, BLK_CAP_WRITE | BLK_CAP_DISCARD |
			    BLK_CAP_WRITE_ZEROES);
	blk_close(blk);
	blk = open_image(BLK_OPEN_READ_ONLY);
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
	blk = open_image(0);
	CHECK_EQ(blk->size, size);
	CHECK_EQ(blk_pread(blk, &byte, 1, size - 1), 0);
	CHECK_EQ(byte, 0);
	CHECK_EQ(blk_pread(blk, &byte, 1, size), -EINVAL);
	blk_close(blk);
	unlink(IMAGE);
}

/* ---- Ranges ---- */

static void ranges(void)
{
	struct iovec iov[2] = {
		{ buffer, 4096 }, { buffer + 4096, SIZE_MAX - 4095 },
	};
	struct blk *blk;

	make_image(8192);
	blk = open_image(0);
	CHECK_EQ(blk_pread(blk, buffer, 8192, 0), 0);
	CHECK_EQ(blk_pread(blk, buffer, 0, 8192), 0);
	CHECK_EQ(blk_pread(blk, buffer, 0, 8193), -EINVAL);
	CHECK_EQ(blk_pread(blk, buffer, 8193, 0), -EINVAL);
	CHECK_EQ(blk_pread(blk, buffer, 1, 8192), -EINVAL);
	CHECK_EQ(blk_pread(blk, buffer, 2, UINT64_MAX), -EINVAL);
	CHECK_EQ(blk_pread(blk, buffer, SIZE_MAX, 1), -EINVAL);
	/* Lengths whose sum wraps around to 0. */
	CHECK_EQ(blk_preadv(blk, iov, 2, 0), -EINVAL);
	CHECK_EQ(blk_preadv_nowait(blk, iov, 2, 0), -EINVAL);
	CHECK_EQ(blk_pwritev(blk, iov, 2, 0), -EINVAL);
	CHECK_EQ(blk_preadv(blk, iov, -1, 0), -EINVAL);
	CHECK_EQ(blk_pwritev(blk, iov, -1, 0), -EINVAL);
	CHECK_EQ(blk_pwritev(blk, iov, 1, 4097), -EINVAL);
	CHECK_EQ(blk_discard(blk, 4096, 4097), -EINVAL);
	CHECK_EQ(blk_discard(blk, UINT64_MAX, 2), -EINVAL);
	CHECK_EQ(blk_write_zeroes(blk, 8192, 1, true), -EINVAL);
	CHECK_EQ(blk_write_zeroes(blk, 1, UINT64_MAX, true), -EINVAL);
	CHECK_EQ(fault_write.calls + fallocate_calls, 0);
	CHECK_EQ(blk_preadv(blk, NULL, 0, 0), 0);
	CHECK_EQ(blk_pwritev(blk, NULL, 0, 0), 0);
	CHECK_EQ(blk_discard(blk, 8192, 0), 0);
	CHECK_EQ(blk_write_zeroes(blk, 0, 0, false), 0);
	blk_close(blk);
	CHECK(image_has(0, pattern, 8192));
	CHECK_EQ(image_size(), 8192);
}

static void read_only(void)
{
	struct iovec iov = { pattern + 1, 512 };
	struct blk *blk;

	make_image(8192);
	blk = open_image(BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk_pwritev(blk, &iov, 1, 0), -EROFS);
	CHECK_EQ(blk_discard(blk, 0, 4096), -EROFS);
	CHECK_EQ(blk_write_zeroes(blk, 0, 4096, true), -EROFS);
	CHECK_EQ(blk_write_zeroes(blk, 0, 4096, false), -EROFS);
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(fault_write.calls + fault_sync.calls + fallocate_calls, 0);
	blk_close(blk);
	CHECK(image_has(0, pattern, 8192));
}

/* ---- Transfers ---- */

/* Pieces of many lengths, some empty, that make up @len bytes. */
static int cut_up(struct iovec *iov, int max, char *base, size_t len)
{
	size_t n;
	int i;

	for (i = 0; len && i < max; i++) {
		n = i % 7 == 0 ? 0 : i % 97 + 1;
		if (n > len || i == max - 1)
			n = len;
		iov[i].iov_base = base;
		iov[i].iov_len = n;
		base += n;
		len -= n;
	}
	return i;
}

static void transfer(const struct fault *rd, const struct fault *wr)
{
	static struct iovec iov[4000];
	const size_t len = 100000, off = 12345;
	static char data[200000];
	struct blk *blk;
	size_t i;
	int n;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i * 31 + i / 251;
	make_image(MIB);
	blk = open_image(0);
	fault_write = *wr;
	fault_read = *rd;
	n = cut_up(iov, 4000, data, len);
	CHECK(n > 1024);
	CHECK_EQ(blk_pwritev(blk, iov, n, off), 0);
	CHECK(image_has(0, pattern, off));
	CHECK(image_has(off, data, len));
	CHECK(image_has(off + len, pattern + off + len, MIB - off - len));
	memset(buffer, 0x55, sizeof(buffer));
	n = cut_up(iov, 4000, buffer, len);
	CHECK_EQ(blk_preadv(blk, iov, n, off), 0);
	CHECK(!memcmp(buffer, data, len));
	CHECK_EQ(buffer[len], 0x55);
	blk_close(blk);
	CHECK_EQ(image_size(), MIB);
}

static void transfer_many_buffers(void)
{
	struct fault none = { 0 };

	transfer(&none, &none);
}

static void transfer_short(void)
{
	struct fault f = { .max = 1 };

	/* So that every buffer is cut at every place. */
	transfer(&f, &f);
	f.max = 13;
	transfer(&f, &f);
	f.max = 4096;
	transfer(&f, &f);
}

static void transfer_interrupted(void)
{
	struct fault f = { .eintr = 5, .max = 5000 };

	transfer(&f, &f);
}

static void read_error(void)
{
	struct blk *blk;

	make_image(8192);
	blk = open_image(0);
	fault_read = (struct fault){ .max = 1000, .error = EIO, .after = 3 };
	CHECK_EQ(blk_pread(blk, buffer, 8192, 0), -EIO);
	CHECK_EQ(fault_read.calls, 4);
	blk_close(blk);
}

static void write_error(void)
{
	struct iovec iov = { pattern, 8192 };
	struct blk *blk;

	make_image(8192);
	blk = open_image(0);
	fault_write = (struct fault){ .max = 1000, .error = ENOSPC,
				      .after = 3 };
	CHECK_EQ(blk_pwritev(blk, &iov, 1, 0), -ENOSPC);
	CHECK_EQ(fault_write.calls, 4);
	/* Writes that do nothing must not be tried for ever. */
	fault_write = (struct fault){ .nothing = true };
	CHECK_EQ(blk_pwritev(blk, &iov, 1, 0), -EIO);
	CHECK_EQ(fault_write.calls, 1);
	blk_close(blk);
}

/* ---- Ends of files ---- */

static void tail_reads_as_zeroes(void)
{
	struct iovec iov[3] = {
		{ buffer, 1000 }, { buffer + 1000, 20 }, { buffer + 1020, 4 },
	};
	struct blk *blk;

	make_image(1000);
	blk = open_image(BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk->size, 1024);
	memset(buffer, 0x55, 2048);
	CHECK_EQ(blk_pread(blk, buffer, 1024, 0), 0);
	CHECK(!memcmp(buffer, pattern, 1000));
	CHECK(is_zero(buffer + 1000, 24));
	CHECK_EQ(buffer[1024], 0x55);
	/* Split before and within the tail, and wholly behind the end. */
	memset(buffer, 0x55, 2048);
	CHECK_EQ(blk_preadv(blk, iov, 3, 0), 0);
	CHECK(!memcmp(buffer, pattern, 1000));
	CHECK(is_zero(buffer + 1000, 24));
	CHECK_EQ(buffer[1024], 0x55);
	memset(buffer, 0x55, 2048);
	CHECK_EQ(blk_pread(blk, buffer, 10, 1010), 0);
	CHECK(is_zero(buffer, 10));
	CHECK_EQ(buffer[10], 0x55);
	CHECK_EQ(blk_pread(blk, buffer, 1, 1024), -EINVAL);
	CHECK_EQ(blk_preadv_nowait(blk, iov, 3, 0), -EAGAIN);
	blk_close(blk);
	CHECK_EQ(image_size(), 1000);
}

static void tail_can_be_written(void)
{
	struct iovec iov = { pattern + 7, 512 };
	struct blk *blk;

	make_image(1000);
	blk = open_image(0);
	/* What does not reach the tail leaves the length alone. */
	CHECK_EQ(blk_pwritev(blk, &iov, 1, 0), 0);
	CHECK_EQ(image_size(), 1000);
	CHECK_EQ(blk_discard(blk, 512, 512), 0);
	CHECK_EQ(blk_write_zeroes(blk, 512, 512, true), 0);
	CHECK_EQ(image_size(), 1000);
	/* That may have to be a write. */
	CHECK_EQ(blk_write_zeroes(blk, 512, 512, false), 0);
	CHECK_EQ(image_size(), fault_write.calls > 1 ? 1024 : 1000);
	CHECK_EQ(blk_pread(blk, buffer, 512, 512), 0);
	CHECK(is_zero(buffer, 512));
	/* Not a byte of what reaches it is dropped. */
	CHECK_EQ(blk_pwritev(blk, &iov, 1, 512), 0);
	CHECK_EQ(image_size(), 1024);
	memset(buffer, 0, 512);
	CHECK_EQ(blk_pread(blk, buffer, 512, 512), 0);
	CHECK(!memcmp(buffer, pattern + 7, 512));
	CHECK_EQ(blk->size, 1024);
	blk_close(blk);
	CHECK(image_has(512, pattern + 7, 512));
}

static void file_shrinks(void)
{
	struct blk *blk;

	make_image(65536);
	blk = open_image(BLK_OPEN_READ_ONLY);
	REQUIRE(!truncate(IMAGE, 5000));
	CHECK_EQ(blk_pread(blk, buffer, 5000, 0), 0);
	CHECK(!memcmp(buffer, pattern, 5000));
	CHECK_EQ(blk_pread(blk, buffer, 8192, 0), -EIO);
	CHECK_EQ(blk_pread(blk, buffer, 512, 65536 - 512), -EIO);
	REQUIRE(!truncate(IMAGE, 0));
	CHECK_EQ(blk_pread(blk, buffer, 512, 0), -EIO);
	blk_close(blk);
}

static void file_grows(void)
{
	struct blk *blk;

	make_image(4096);
	blk = open_image(BLK_OPEN_READ_ONLY);
	REQUIRE(!truncate(IMAGE, 65536));
	CHECK_EQ(blk->size, 4096);
	CHECK_EQ(blk_pread(blk, buffer, 512, 4096), -EINVAL);
	blk_close(blk);
}

/* ---- Flushing ---- */

static void flush(void)
{
	struct blk *blk;

	make_image(4096);
	blk = open_image(0);
	fault_sync.eintr = 2;
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(fault_sync.calls, 3);
	blk_close(blk);
}

static void flush_error_stays(void)
{
	struct blk *blk;

	make_image(4096);
	blk = open_image(0);
	fault_sync.error = EIO;
	CHECK_EQ(blk_flush(blk), -EIO);
	fault_sync.error = ENOSPC;
	CHECK_EQ(blk_flush(blk), -EIO);
	fault_sync.error = 0;
	CHECK_EQ(blk_flush(blk), -EIO);
	blk_close(blk);
	blk = open_image(0);
	CHECK_EQ(blk_flush(blk), 0);
	blk_close(blk);
}

/* ---- Holes and zeroes ---- */

static bool zeroed_between(uint64_t from, uint64_t to)
{
	static char zeroes[MIB];

	return image_has(0, pattern, from) &&
	       image_has(from, zeroes, to - from) &&
	       image_has(to, pattern + to, MIB - to) && image_size() == MIB;
}

static long long allocated(void)
{
	struct stat st;

	REQUIRE(!stat(IMAGE, &st));
	return st.st_blocks * 512ll;
}

static void discard(void)
{
	struct blk *blk;
	long long before;

	make_image(MIB);
	blk = open_image(0);
	CHECK_EQ(blk_flush(blk), 0);
	before = allocated();
	CHECK_EQ(blk_discard(blk, 65536, 524288), 0);
	CHECK_EQ(fallocate_calls, 1);
	CHECK(zeroed_between(65536, 65536 + 524288));
	CHECK(allocated() < before);
	blk_close(blk);
}

static void discard_unsupported(void)
{
	struct blk *blk;

	make_image(MIB);
	blk = open_image(0);
	fault_punch = EOPNOTSUPP;
	CHECK_EQ(blk_discard(blk, 0, MIB), 0);
	CHECK_EQ(blk_discard(blk, 0, MIB), 0);
	CHECK_EQ(fallocate_calls, 1);
	CHECK(image_has(0, pattern, MIB));
	blk_close(blk);
	blk = open_image(0);
	fault_punch = EIO;
	CHECK_EQ(blk_discard(blk, 0, MIB), -EIO);
	CHECK_EQ(blk_discard(blk, 0, MIB), -EIO);
	blk_close(blk);
}

/* Zeroes in every way: what the host has, and what is done where it has not. */
static void zeroes_with(bool may_unmap, int punch, int zero_range,
			bool written)
{
	const uint64_t from = 3 * 512, len = 600 * 1024;
	struct blk *blk;
	int calls;

	make_image(MIB);
	blk = open_image(0);
	fault_punch = punch;
	fault_zero_range = zero_range;
	CHECK_EQ(blk_write_zeroes(blk, from, len, may_unmap), 0);
	CHECK(zeroed_between(from, from + len));
	CHECK_EQ(!!fault_write.calls, written);
	/* What is not there is not asked for again. */
	if (written) {
		calls = fallocate_calls;
		CHECK_EQ(blk_write_zeroes(blk, from, len, may_unmap), 0);
		CHECK_EQ(fallocate_calls, calls);
	}
	blk_close(blk);
}

static void write_zeroes(void)
{
	/* Not every host file system can keep the blocks: tmpfs cannot. */
	struct blk *blk;
	bool can;

	make_image(MIB);
	blk = open_image(0);
	CHECK_EQ(blk_write_zeroes(blk, 0, 4096, false), 0);
	can = !fault_write.calls;
	blk_close(blk);
	zeroes_with(false, 0, 0, !can);
	zeroes_with(true, 0, 0, false);
	zeroes_with(true, EOPNOTSUPP, 0, !can);
}

static void write_zeroes_by_writing(void)
{
	zeroes_with(false, 0, EOPNOTSUPP, true);
	zeroes_with(true, EOPNOTSUPP, EOPNOTSUPP, true);
	zeroes_with(true, ENOSYS, ENOSYS, true);
}

/* More than goes into one write. */
static void write_zeroes_by_many_writes(void)
{
	const uint64_t from = 512, len = 2 * MIB + 4096;
	static char zeroes[MIB];
	struct blk *blk;

	make_image(3 * MIB);
	blk = open_image(0);
	fault_zero_range = EOPNOTSUPP;
	CHECK_EQ(blk_write_zeroes(blk, from, len, false), 0);
	CHECK(fault_write.calls > 1);
	blk_close(blk);
	CHECK(image_has(0, pattern, from));
	CHECK(image_has(from, zeroes, MIB));
	CHECK(image_has(from + MIB, zeroes, MIB));
	CHECK(image_has(from + 2 * MIB, zeroes, 4096));
	CHECK(image_has(from + len, pattern + 4608, MIB - 4608));
	CHECK_EQ(image_size(), 3 * MIB);
}

static void write_zeroes_may_keep_blocks_only(void)
{
	struct blk *blk;
	long long before;

	make_image(MIB);
	blk = open_image(0);
	CHECK_EQ(blk_flush(blk), 0);
	before = allocated();
	CHECK_EQ(blk_write_zeroes(blk, 0, MIB, false), 0);
	CHECK_EQ(blk_flush(blk), 0);
	CHECK(allocated() >= before);
	CHECK_EQ(blk_write_zeroes(blk, 0, MIB, true), 0);
	CHECK(allocated() < before);
	blk_close(blk);
}

static void write_zeroes_errors(void)
{
	struct blk *blk;

	make_image(MIB);
	blk = open_image(0);
	fault_punch = ENOSPC;
	CHECK_EQ(blk_write_zeroes(blk, 0, MIB, true), -ENOSPC);
	fault_zero_range = EIO;
	CHECK_EQ(blk_write_zeroes(blk, 0, MIB, false), -EIO);
	fault_zero_range = EOPNOTSUPP;
	fault_write.error = EIO;
	CHECK_EQ(blk_write_zeroes(blk, 0, MIB, false), -EIO);
	blk_close(blk);
}

/* ---- Reading without waiting ---- */

static void nowait_cached(void)
{
	struct iovec iov[2] = { { buffer, 5000 }, { buffer + 5000, 3192 } };
	struct blk *blk;
	int ret;

	make_image(MIB);
	blk = open_image(0);
	/* Just written, so at hand, if this file system can tell. */
	memset(buffer, 0, 8192);
	ret = blk_preadv_nowait(blk, iov, 2, 4096);
	if (ret)
		CHECK_EQ(ret, -EAGAIN);
	else
		CHECK(!memcmp(buffer, pattern + 4096, 8192));
	CHECK_EQ(fault_read.calls, 0);
	blk_close(blk);
}

static void nowait_partly_cached(void)
{
	struct iovec iov = { buffer, 8192 };
	struct blk *blk;

	make_image(MIB);
	blk = open_image(0);
	fault_nowait = (struct fault){ .max = 4096, .error = EAGAIN,
				       .after = 1 };
	CHECK_EQ(blk_preadv_nowait(blk, &iov, 1, 0), -EAGAIN);
	/* That says nothing about the next time. */
	fault_nowait = (struct fault){ .error = EAGAIN };
	CHECK_EQ(blk_preadv_nowait(blk, &iov, 1, 0), -EAGAIN);
	CHECK_EQ(fault_nowait.calls, 1);
	blk_close(blk);
}

static void nowait_unsupported(void)
{
	static const int errors[] = { EOPNOTSUPP, EINVAL, ENOSYS };
	struct iovec iov = { buffer, 8192 };
	struct blk *blk;
	unsigned int i;

	make_image(MIB);
	for (i = 0; i < 3; i++) {
		blk = open_image(0);
		fault_nowait.error = errors[i];
		CHECK_EQ(blk_preadv_nowait(blk, &iov, 1, 0), -EAGAIN);
		CHECK_EQ(blk_preadv_nowait(blk, &iov, 1, 0), -EAGAIN);
		CHECK_EQ(fault_nowait.calls, 1);
		/* Where it may wait, it reads. */
		CHECK_EQ(blk_preadv(blk, &iov, 1, 0), 0);
		CHECK(!memcmp(buffer, pattern, 8192));
		blk_close(blk);
	}
}

static void nowait_error(void)
{
	struct iovec iov = { buffer, 8192 };
	struct blk *blk;

	make_image(MIB);
	blk = open_image(0);
	fault_nowait.error = EIO;
	CHECK_EQ(blk_preadv_nowait(blk, &iov, 1, 0), -EIO);
	blk_close(blk);
}

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(pattern); i++)
		pattern[i] = (i * 7 + i / 512) | 1;
	REQUIRE(!unlink(IMAGE) || errno == ENOENT);

	RUN(open_missing);
	RUN(open_wrong_types);
	RUN(open_empty);
	RUN(open_unknown_flags);
	RUN(open_unwritable);
	RUN(open_long_path);
	RUN(open_is_not_inherited);
	RUN(properties);
	RUN(huge_sparse_file);
	RUN(ranges);
	RUN(read_only);
	RUN(transfer_many_buffers);
	RUN(transfer_short);
	RUN(transfer_interrupted);
	RUN(read_error);
	RUN(write_error);
	RUN(tail_reads_as_zeroes);
	RUN(tail_can_be_written);
	RUN(file_shrinks);
	RUN(file_grows);
	RUN(flush);
	RUN(flush_error_stays);
	RUN(discard);
	RUN(discard_unsupported);
	RUN(write_zeroes);
	RUN(write_zeroes_by_writing);
	RUN(write_zeroes_by_many_writes);
	RUN(write_zeroes_may_keep_blocks_only);
	RUN(write_zeroes_errors);
	RUN(nowait_cached);
	RUN(nowait_partly_cached);
	RUN(nowait_unsupported);
	RUN(nowait_error);
	return unit_exit();
}
