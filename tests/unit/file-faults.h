/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file-faults.h - shared by the tests of the file protocol: a regular file as the
 * image, and faults.
 *
 * It interposes the system calls that transfer data, and the clock.  A test can
 * ask for short transfers, interruptions, errors and missing features.
 */
#ifndef TESTS_UNIT_FILE_FAULTS_H
#define TESTS_UNIT_FILE_FAULTS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "blk/blk.h"
#include "helpers/interposed.h"
#include "open-image.h"
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

static bool interpose(enum interposed call, struct transfer *transfer,
		      ssize_t *ret)
{
	static struct fault *const of[] = {
		[CALL_READ] = &fault_read,
		[CALL_READ_NOWAIT] = &fault_nowait,
		[CALL_WRITE] = &fault_write,
		[CALL_WRITE_NOWAIT] = &fault_write_nowait,
		[CALL_SYNC] = &fault_sync,
	};
	struct fault *fault = of[call];
	bool nowait = call == CALL_READ_NOWAIT || call == CALL_WRITE_NOWAIT;

	if (nowait)
		CHECK_EQ(transfer->flags, RWF_NOWAIT);
	if (strike(fault, ret))
		return true;
	/* Where some of it is said to be at hand, it is; room always is. */
	if (call == CALL_WRITE_NOWAIT || fault->max)
		transfer->flags = 0;
	if (fault->max)
		transfer_cut(transfer, fault->max);
	return false;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	(void)id;
	ts->tv_sec = fake_ns / 1000000000;
	ts->tv_nsec = fake_ns % 1000000000;
	return 0;
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

static inline struct blk *open_raw(unsigned int flags)
{
	no_faults();
	return open_image(IMAGE, "raw", flags);
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
