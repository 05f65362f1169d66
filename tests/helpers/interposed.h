/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interposed.h - defines the system calls that read and write an image file, so
 * that a test can interfere.
 *
 * They are defined here, in front of libc's.  What becomes of a call is up to
 * interpose(), which the test that includes this has to define; so it is for
 * the one source file of a program.
 */
#ifndef TESTS_INTERPOSED_H
#define TESTS_INTERPOSED_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum interposed {
	CALL_READ,
	CALL_READ_NOWAIT,
	CALL_WRITE,
	CALL_WRITE_NOWAIT,
	CALL_SYNC,
};

/* The bytes that a call is to move; a test may change them. */
struct transfer {
	const struct iovec *iov;
	int n;
	int flags;		/* RWF_... */
};

/*
 * interpose - whether a call is not made, but returns *@ret and errno
 * @transfer: NULL for CALL_SYNC
 *
 * Called by any thread that makes such a call.
 */
static bool interpose(enum interposed call, struct transfer *transfer,
		      ssize_t *ret);

/* Let it move no more than @max bytes. */
static inline void transfer_cut(struct transfer *transfer, size_t max)
{
	static _Thread_local struct iovec cut[1024];
	int i;

	for (i = 0; i < transfer->n && max; i++) {
		cut[i] = transfer->iov[i];
		if (cut[i].iov_len > max)
			cut[i].iov_len = max;
		max -= cut[i].iov_len;
	}
	transfer->iov = cut;
	transfer->n = i;
}

static ssize_t transfer_make(enum interposed call, int fd,
			     const struct iovec *iov, int n, off_t offset,
			     int flags)
{
	struct transfer transfer = { iov, n, flags };
	bool reads = call == CALL_READ || call == CALL_READ_NOWAIT;
	ssize_t ret;

	if (interpose(call, &transfer, &ret))
		return ret;
	/* The user mode of QEMU has no preadv2(). */
	if (!transfer.flags)
		return syscall(reads ? SYS_preadv : SYS_pwritev, fd,
			       transfer.iov, (long)transfer.n, offset, 0l);
	return syscall(reads ? SYS_preadv2 : SYS_pwritev2, fd, transfer.iov,
		       (long)transfer.n, offset, 0l, (long)transfer.flags);
}

ssize_t preadv(int fd, const struct iovec *iov, int n, off_t offset)
{
	return transfer_make(CALL_READ, fd, iov, n, offset, 0);
}

ssize_t preadv2(int fd, const struct iovec *iov, int n, off_t offset,
		int flags)
{
	return transfer_make(CALL_READ_NOWAIT, fd, iov, n, offset, flags);
}

ssize_t pwritev(int fd, const struct iovec *iov, int n, off_t offset)
{
	return transfer_make(CALL_WRITE, fd, iov, n, offset, 0);
}

ssize_t pwritev2(int fd, const struct iovec *iov, int n, off_t offset,
		 int flags)
{
	return transfer_make(CALL_WRITE_NOWAIT, fd, iov, n, offset, flags);
}

int fdatasync(int fd)
{
	ssize_t ret;

	return interpose(CALL_SYNC, NULL, &ret) ? (int)ret :
		(int)syscall(SYS_fdatasync, fd);
}

/* Whether a file can be read without waiting; tmpfs refuses that. */
static inline bool can_read_nowait(const char *path)
{
	struct iovec iov = { (char[1]){ 0 }, 1 };
	int fd = open(path, O_RDONLY);
	bool can = fd >= 0 && (preadv2(fd, &iov, 1, 0, RWF_NOWAIT) >= 0 ||
			       errno == EAGAIN);

	close(fd);
	return can;
}

#endif /* TESTS_INTERPOSED_H */
