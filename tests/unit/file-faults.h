/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file-faults.h - what the tests of the file protocol share: a regular file
 * as the image, and faults.
 *
 * The system calls that do the work are interposed here, so that short
 * transfers, interruptions, errors and missing features happen when wanted,
 * and so is the clock.
 * Hence it is for the one source file of a program.
 */
#ifndef TESTS_UNIT_FILE_FAULTS_H
#define TESTS_UNIT_FILE_FAULTS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
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
	int64_t ns;		/* each takes so long, by fake_ns */
	sem_t *entered, *gate;	/* each posts one and waits for the other */
};

static struct fault fault_read, fault_nowait, fault_sync;
static struct fault fault_write, fault_write_nowait;
static int64_t fake_ns = 1000000000;	/* the clock */
static int fault_punch, fault_zero_range;
static int fallocate_calls;

static inline void no_faults(void)
{
	const struct fault none = { 0 };

	fault_read = none;
	fault_nowait = none;
	fault_write = none;
	fault_write_nowait = none;
	fault_sync = none;
	fault_punch = 0;
	fault_zero_range = 0;
	fallocate_calls = 0;
}

/* True if the call is to return *@ret without being made. */
static inline bool strike(struct fault *f, ssize_t *ret)
{
	f->calls++;
	fake_ns += f->ns;
	if (f->gate) {
		sem_post(f->entered);
		sem_wait(f->gate);
	}
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
static inline const struct iovec *shorten(const struct iovec *iov, int *n, size_t max)
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

ssize_t pwritev2(int fd, const struct iovec *iov, int n, off_t offset,
		 int flags)
{
	ssize_t ret;

	CHECK_EQ(flags, RWF_NOWAIT);
	if (strike(&fault_write_nowait, &ret))
		return ret;
	iov = shorten(iov, &n, fault_write_nowait.max);
	return syscall(SYS_pwritev, fd, iov, (long)n, offset, 0l);
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	(void)id;
	ts->tv_sec = fake_ns / 1000000000;
	ts->tv_nsec = fake_ns % 1000000000;
	return 0;
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
static inline void make_image(uint64_t size)
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

static inline uint64_t image_size(void)
{
	struct stat st;

	REQUIRE(!stat(IMAGE, &st));
	return st.st_size;
}

static inline struct blk *open_image(unsigned int flags)
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
static inline bool image_has(uint64_t offset, const char *want, size_t len)
{
	int fd = open(IMAGE, O_RDONLY | O_CLOEXEC);
	bool same;

	REQUIRE(fd >= 0 && len <= sizeof(buffer));
	same = pread(fd, buffer, len, offset) == (ssize_t)len &&
	       !memcmp(buffer, want, len);
	close(fd);
	return same;
}

static inline bool is_zero(const char *p, size_t len)
{
	return !len || (!*p && !memcmp(p, p + 1, len - 1));
}

static void begin(void)
{
	size_t i;

	for (i = 0; i < sizeof(pattern); i++)
		pattern[i] = (i * 7 + i / 512) | 1;
	REQUIRE(!unlink(IMAGE) || errno == ENOENT);
}

#endif /* TESTS_UNIT_FILE_FAULTS_H */
