// SPDX-License-Identifier: GPL-2.0-only
/*
 * direct.c - direct I/O on large files of the image, as far as it works.
 */
#include "direct.h"

#include <errno.h>
#include <stdlib.h>

#include <lkl.h>

static bool direct_set_flags(int fd, long flags)
{
	return !lkl_sys_fcntl((unsigned int)fd, LKL_F_SETFL,
			      (unsigned long)flags);
}

static bool disabled;

void direct_disable(void)
{
	disabled = true;
}

void direct_begin(int fd)
{
	long flags = disabled ? -1 :
		lkl_sys_fcntl((unsigned int)fd, LKL_F_GETFL, 0);

	if (flags >= 0)
		direct_set_flags(fd, flags | LKL_O_DIRECT);
}

/* Returns false if direct I/O was off already. */
static bool direct_end(int fd)
{
	long flags = lkl_sys_fcntl((unsigned int)fd, LKL_F_GETFL, 0);

	return flags >= 0 && flags & LKL_O_DIRECT &&
	       direct_set_flags(fd, flags & ~(long)LKL_O_DIRECT);
}

/* ntfs3 returns -EOPNOTSUPP for compressed files. */
bool direct_refused(long ret)
{
	return ret == -EINVAL || ret == -EOPNOTSUPP;
}

long direct_read(int fd, void *buf, size_t len, uint64_t offset)
{
	long n = lkl_sys_pread64((unsigned int)fd, buf, len, (long)offset);

	if (direct_refused(n) && direct_end(fd))
		n = lkl_sys_pread64((unsigned int)fd, buf, len, (long)offset);
	return n;
}

long direct_write(int fd, const void *buf, size_t len, uint64_t offset)
{
	long n = lkl_sys_pwrite64((unsigned int)fd, buf, len, (long)offset);

	if (direct_refused(n) && direct_end(fd))
		n = lkl_sys_pwrite64((unsigned int)fd, buf, len, (long)offset);
	return n;
}

void *direct_alloc(size_t len, bool *ret_lent)
{
	void *buf = lkl_buffer_alloc(len);

	*ret_lent = buf;
	return buf ? buf : aligned_alloc(DIRECT_ALIGN, len);
}

void direct_free(void *buf, size_t len, bool lent)
{
	if (lent)
		lkl_buffer_free(buf, len);
	else
		free(buf);
}
