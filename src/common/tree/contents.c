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

static int check_regular(int fd, struct lkl_statx *ret_st)
{
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

#define OPEN_FLAGS (LKL_O_RDONLY | LKL_O_NONBLOCK | LKL_O_NOCTTY | LKL_O_CLOEXEC)

int contents_open(const char *path, struct lkl_statx *ret_st)
{
	return check_regular((int)lkl_sys_openat(LKL_AT_FDCWD, path,
						 OPEN_FLAGS, 0), ret_st);
}

static int contents_open_below(int root, const char *path,
			       struct lkl_statx *ret_st)
{
	struct lkl_open_how how = {
		.flags = OPEN_FLAGS, .resolve = LKL_RESOLVE_IN_ROOT,
	};

	return check_regular((int)lkl_sys_openat2(root, path, &how,
						  sizeof(how)), ret_st);
}

/* The size of a file is only a hint: it may be read short. */
int contents_load(int fd, size_t size, char **ret_text, size_t *ret_len)
{
	char *text = malloc(size + 1);
	size_t at = 0;
	long n;

	if (!text)
		return -ENOMEM;
	while (at < size) {
		n = lkl_sys_pread64((unsigned int)fd, text + at, size - at,
				    (lkl_loff_t)at);
		if (n < 0) {
			free(text);
			return (int)n;
		}
		if (!n)
			break;
		at += (size_t)n;
	}
	text[at] = '\0';
	*ret_text = text;
	*ret_len = at;
	return 0;
}

/* Takes @fd, which may be an error. */
static int read_all(int fd, const struct lkl_statx *st, size_t max,
		    char **ret_text, size_t *ret_len, struct lkl_error *err)
{
	int ret;

	if (fd < 0)
		return error_set(err, fd, "cannot open: %s", lkl_strerror(fd));
	if (st->stx_size > max) {
		lkl_sys_close((unsigned int)fd);
		return error_set(err, -EFBIG, "larger than %zu bytes", max);
	}
	ret = contents_load(fd, (size_t)st->stx_size, ret_text, ret_len);
	lkl_sys_close((unsigned int)fd);
	if (ret < 0)
		return error_set(err, ret, "cannot read: %s",
				 lkl_strerror(ret));
	return 0;
}

int contents_read(const char *path, size_t max, char **ret_text,
		  size_t *ret_len, struct lkl_error *err)
{
	struct lkl_statx st;
	int fd = contents_open(path, &st);

	return read_all(fd, &st, max, ret_text, ret_len, err);
}

int contents_read_below(int root, const char *path, size_t max,
			char **ret_text, size_t *ret_len,
			struct lkl_error *err)
{
	struct lkl_statx st;
	int fd = contents_open_below(root, path, &st);

	return read_all(fd, &st, max, ret_text, ret_len, err);
}
