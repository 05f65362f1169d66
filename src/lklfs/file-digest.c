// SPDX-License-Identifier: GPL-2.0-only
/*
 * file-digest.c - digests of the contents of files.
 */
#include "file-digest.h"

#include <errno.h>

#include <lkl.h>

#include "common/copy/job.h"
#include "common/tree/direct.h"

#define BUFFER_SIZE (256u << 10)

void digest_buffer_free(struct digest_buffer *buffer)
{
	if (buffer->at)
		direct_free(buffer->at, BUFFER_SIZE, buffer->lent);
	buffer->at = NULL;
}

static int hash_contents(struct digest_buffer *buffer, int fd,
			 struct hasher *hasher)
{
	uint64_t at = 0;
	long n;

	for (;;) {
		if (job_interrupted())
			return -EINTR;
		n = direct_read(fd, buffer->at, BUFFER_SIZE, at);
		if (n <= 0)
			return (int)n;
		hasher_update(hasher, buffer->at, (size_t)n);
		at += (uint64_t)n;
	}
}

int file_digest(struct digest_buffer *buffer, int fd,
		enum digest_algorithm algorithm, struct digest *ret_digest)
{
	struct lkl_statx st;
	struct hasher hasher;
	int ret;

	if (!buffer->at)
		buffer->at = direct_alloc(BUFFER_SIZE, &buffer->lent);
	if (!buffer->at)
		return -ENOMEM;
	ret = (int)lkl_sys_statx(fd, "", LKL_AT_EMPTY_PATH,
				 LKL_STATX_BASIC_STATS, &st);
	if (ret < 0)
		return ret;
	if (buffer->lent && st.stx_size >= DIRECT_MIN)
		direct_begin(fd);
	hasher_begin(&hasher, algorithm);
	ret = hash_contents(buffer, fd, &hasher);
	if (!ret)
		hasher_finish(&hasher, ret_digest);
	return ret;
}

int entry_digest(struct digest_buffer *buffer, int dir, const char *name,
		 enum digest_algorithm algorithm, struct digest *ret_digest)
{
	int fd = (int)lkl_sys_openat(dir, name, LKL_O_RDONLY |
				     LKL_O_NONBLOCK | LKL_O_NOFOLLOW |
				     LKL_O_NOCTTY | LKL_O_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return fd;
	ret = file_digest(buffer, fd, algorithm, ret_digest);
	lkl_sys_close((unsigned int)fd);
	return ret;
}
