/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * same-file.h - whether two names or descriptors of the host lead to one file.
 */
#ifndef TOOLS_SAME_FILE_H
#define TOOLS_SAME_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

/* The two nodes of one device are two files. */
static inline bool stat_is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

#endif /* TOOLS_SAME_FILE_H */
