/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iov.h - a cursor that walks through an array of buffers.
 *
 * The array and the buffers belong to the caller.  The cursor changes neither
 * the array nor its own position unless a function here says so.
 */
#ifndef LKL_BLK_IOV_H
#define LKL_BLK_IOV_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>

/* The most buffers that one system call takes. */
#define IOV_CALL_MAX 1024

/*
 * @n buffers are left.  @skip bytes of the first one are done; they are fewer
 * than it has, so that the cursor never stands on an empty buffer.
 */
struct iov_cursor {
	const struct iovec *iov;
	int n;
	size_t skip;
};

static inline uint64_t iov_bytes(const struct iovec *iov, int n)
{
	uint64_t len = 0;

	while (n-- > 0)
		len += iov++->iov_len;
	return len;
}

/* Move the cursor @len bytes on, and over empty buffers. */
static inline void iov_advance(struct iov_cursor *c, size_t len)
{
	c->skip += len;
	while (c->n > 0 && c->skip >= c->iov->iov_len) {
		c->skip -= c->iov->iov_len;
		c->iov++;
		c->n--;
	}
}

static inline struct iov_cursor iov_begin(const struct iovec *iov, int n)
{
	struct iov_cursor c = { iov, n, 0 };

	iov_advance(&c, 0);
	return c;
}

/* The bytes at the cursor up to the end of their buffer, at most @max. */
static inline size_t iov_span(const struct iov_cursor *c, size_t max,
			      char **ret_bytes)
{
	size_t left = c->iov->iov_len - c->skip;

	*ret_bytes = (char *)c->iov->iov_base + c->skip;
	return max < left ? max : left;
}

/* Copy to or from the buffers, and move the cursor. */
static inline void iov_copy(struct iov_cursor *c, char *buf, size_t len,
			    bool to_buf)
{
	char *bytes;
	size_t n;

	for (; len; len -= n, buf += n) {
		n = iov_span(c, len, &bytes);
		if (to_buf)
			memcpy(buf, bytes, n);
		else
			memcpy(bytes, buf, n);
		iov_advance(c, n);
	}
}

/* Fill @len bytes of the buffers with zeroes, and move the cursor. */
static inline void iov_zero(struct iov_cursor *c, size_t len)
{
	char *bytes;
	size_t n;

	for (; len; len -= n) {
		n = iov_span(c, len, &bytes);
		memset(bytes, 0, n);
		iov_advance(c, n);
	}
}

/* preadv(), pwritev(), or a variant that does not wait. */
typedef ssize_t iov_call_fn(int fd, const struct iovec *iov, int n, off_t off);

/*
 * iov_call - one transfer, as much as the host does at once
 *
 * Returns its length or -errno, and leaves the cursor where it is.
 */
ssize_t iov_call(int fd, iov_call_fn *call, const struct iov_cursor *c,
		 uint64_t offset);

/*
 * iov_call_all - transfer all buffers; short transfers are continued
 *
 * -EIO if the host transfers nothing, as at the end of a file.
 */
int iov_call_all(int fd, iov_call_fn *call, const struct iovec *iov, int n,
		 uint64_t offset);

/*
 * Whether @ret says that the host knows no RWF_NOWAIT: kernels and file
 * systems have different errors for that.
 */
bool iov_is_nowait_unknown(ssize_t ret);

#endif /* LKL_BLK_IOV_H */
