/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contents.h - reads small regular files of the image as a whole.
 */
#ifndef COMMON_TREE_CONTENTS_H
#define COMMON_TREE_CONTENTS_H

#include <stddef.h>

struct lkl_error;
struct lkl_statx;

/*
 * contents_open - open a regular file for reading
 *
 * Never waits, as for the writer of a fifo.  Returns a descriptor; -EISDIR;
 * -EINVAL: neither a file nor a directory; or another -errno.
 */
int contents_open(const char *path, struct lkl_statx *ret_st);

/*
 * contents_load - the bytes of an open file, with a zero byte behind them
 * @size: what it has, or less
 *
 * The caller frees *@ret_text.  Returns 0 or -errno.
 */
int contents_load(int fd, size_t size, char **ret_text, size_t *ret_len);

/*
 * contents_read - the bytes of a regular file, with a zero byte behind them
 * @max: a larger file is -EFBIG
 *
 * The caller frees *@ret_text.  The sentence does not name the file.
 */
int contents_read(const char *path, size_t max, char **ret_text,
		  size_t *ret_len, struct lkl_error *err);

/*
 * contents_read_below - contents_read() of a file in a tree
 * @root: a directory; links cannot lead out of it
 */
int contents_read_below(int root, const char *path, size_t max,
			char **ret_text, size_t *ret_len,
			struct lkl_error *err);

#endif /* COMMON_TREE_CONTENTS_H */
