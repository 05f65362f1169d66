/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ls.h - lklfs ls: its options, lists of files, and their output.
 */
#ifndef LKLFS_LS_H
#define LKLFS_LS_H

#include "commands.h"

struct ls {
	bool is_long, all, dots, recursive, one_per_line, directory, reverse;
	bool inode, numeric, human;
	char sort;			/* 't', 'S', 'U', or 0: by name */
};

struct ls_entry {
	char *name;
	char *target;			/* of a link; NULL: none, or unknown */
	struct lkl_statx st;
};

struct ls_list {
	struct ls_entry *at;
	size_t n, size;
};

void ls_list_free(struct ls_list *list);

/*
 * ls_print_list - print files
 * @directory: their names are in it; NULL: the names are paths
 * @total: with -l, begin with the sum of their blocks
 */
void ls_print_list(struct run *run, const char *directory,
		   const struct ls_list *list, bool total);

/* ls_print_header - "PATH:", after an empty line if @again */
void ls_print_header(struct run *run, const char *path, bool again);

#endif /* LKLFS_LS_H */
