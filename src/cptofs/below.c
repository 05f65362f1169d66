// SPDX-License-Identifier: GPL-2.0-only
/*
 * below.c - directories by paths of any length.
 */
#include "below.h"

#include <errno.h>
#include <string.h>

/* As much of a path as the kernel takes at once. */
#define PIECE_MAX 4000

int below_open(const struct calls *calls, int base, const char *path,
	       int flags)
{
	char piece[PIECE_MAX + 1];
	int at = base, fd;
	size_t len;

	for (;;) {
		len = strlen(path);
		if (len > PIECE_MAX) {
			len = PIECE_MAX;
			while (len && path[len] != '/')
				len--;
		}
		memcpy(piece, path, len);
		piece[len] = '\0';
		path += len;
		path += strspn(path, "/");
		fd = !len ? -ENAMETOOLONG :
			calls->open_path(at, piece, flags,
					 LKL_RESOLVE_BENEATH |
					 LKL_RESOLVE_NO_SYMLINKS |
					 LKL_RESOLVE_NO_MAGICLINKS);
		if (at != base)
			calls->directory.close(at);
		if (fd < 0 || !*path)
			return fd;
		at = fd;
	}
}
