// SPDX-License-Identifier: GPL-2.0-only
/*
 * contents.c - reads small regular files of the image as a whole.
 */
#include "contents.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/error.h"
#include "common/image/session.h"

int contents_open(const char *path, struct lkl_statx *ret_st)
{
	int fd = (int)lkl_sys_openat(LKL_AT_FDCWD, path, LKL_O_RDONLY |
				     LKL_O_NONBLOCK | LKL_O_NOCTTY |
				     LKL_O_CLOEXEC, 0);
	int ret;

	/* That of a socket. */
	if (fd == -ENXIO && !session_ends(fd))
		return -EINVAL;
	if (fd < 0)
		return fd;
	ret = (int)lkl_sys_statx(fd, "", LKL_AT_EMPTY_PATH,
				 LKL_STATX_BASIC_STATS, ret_st);
	if (ret >= 0 && S_ISDIR(ret_st->stx_mode))
		ret = -EISDIR;
	else if (ret >= 0 && !S_ISREG(ret_st->stx_mode))
		ret = -EINVAL;
	if (ret < 0) {
		lkl_sys_close((unsigned int)fd);
		return ret;
	}
	return fd;
}

/* The size of a file is only a hint: it may be read short. */
static long read_all(int fd, char *text, size_t len)
{
	size_t at = 0;
	long n;

	while (at < len) {
		n = lkl_sys_pread64((unsigned int)fd, text + at, len - at,
				    (lkl_loff_t)at);
		if (n < 0)
			return n;
		if (!n)
			break;
		at += (size_t)n;
	}
	return (long)at;
}

int contents_read(const char *path, size_t max, char **ret_text,
		  size_t *ret_len, struct lkl_error *err)
{
	struct lkl_statx st;
	int fd = contents_open(path, &st);
	char *text;
	long n;

	if (fd < 0)
		return error_set(err, fd, "cannot open: %s", lkl_strerror(fd));
	if (st.stx_size > max) {
		lkl_sys_close((unsigned int)fd);
		return error_set(err, -EFBIG, "larger than %zu bytes", max);
	}
	text = malloc((size_t)st.stx_size + 1);
	n = text ? read_all(fd, text, (size_t)st.stx_size) : -ENOMEM;
	lkl_sys_close((unsigned int)fd);
	if (n < 0) {
		free(text);
		return error_set(err, (int)n, "cannot read: %s",
				 lkl_strerror(n));
	}
	text[n] = '\0';
	*ret_text = text;
	*ret_len = (size_t)n;
	return 0;
}
