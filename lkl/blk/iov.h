/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iov.h - walking through arrays of buffers that are not ours to change.
 */
#ifndef LKL_BLK_IOV_H
#define LKL_BLK_IOV_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>

/* A position: @skip bytes of the first buffer are done. */
struct iov_cursor {
	const struct iovec *iov;
	size_t skip;
};

static inline size_t iov_bytes(const struct iovec *iov, int n)
{
	size_t len = 0;

	while (n-- > 0)
		len += iov++->iov_len;
	return len;
}

/* What lies in one piece there: its length, at most @max, which is not 0. */
static inline size_t iov_span(struct iov_cursor *c, size_t max, char **ret_at)
{
	while (c->skip >= c->iov->iov_len) {
		c->skip -= c->iov->iov_len;
		c->iov++;
	}
	*ret_at = (char *)c->iov->iov_base + c->skip;
	if (max > c->iov->iov_len - c->skip)
		max = c->iov->iov_len - c->skip;
	return max;
}

/* Copy to or from the buffers, and step over what was copied. */
static inline void iov_copy(struct iov_cursor *c, char *buf, size_t len,
			    bool to_buf)
{
	char *at;
	size_t n;

	for (; len; len -= n, buf += n) {
		n = iov_span(c, len, &at);
		if (to_buf)
			memcpy(buf, at, n);
		else
			memcpy(at, buf, n);
		c->skip += n;
	}
}

#endif /* LKL_BLK_IOV_H */
