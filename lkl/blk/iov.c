// SPDX-License-Identifier: GPL-2.0-only
/*
 * iov.c - vectored reads and writes of host files, with their retries.
 */
#include <errno.h>

#include "iov.h"

ssize_t iov_call(int fd, iov_call_fn *call, const struct iov_cursor *c,
		 uint64_t offset)
{
	const struct iovec *iov = c->iov;
	int n = c->n < IOV_CALL_MAX ? c->n : IOV_CALL_MAX;
	struct iovec rest;
	ssize_t r;

	if (c->skip) {
		/* The rest of a buffer that a short transfer cut in two. */
		rest.iov_base = (char *)iov->iov_base + c->skip;
		rest.iov_len = iov->iov_len - c->skip;
		iov = &rest;
		n = 1;
	}
	do {
		r = call(fd, iov, n, offset);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

int iov_call_all(int fd, iov_call_fn *call, const struct iovec *iov, int n,
		 uint64_t offset)
{
	struct iov_cursor c = iov_begin(iov, n);
	ssize_t r;

	while (c.n) {
		r = iov_call(fd, call, &c, offset);
		if (r < 0)
			return r;
		if (!r)
			return -EIO;
		iov_advance(&c, r);
		offset += r;
	}
	return 0;
}

bool iov_is_nowait_unknown(ssize_t ret)
{
	return ret == -EOPNOTSUPP || ret == -EINVAL || ret == -ENOSYS;
}
