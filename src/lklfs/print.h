/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * print.h - prints names, times and attributes of files.
 */
#ifndef LKLFS_PRINT_H
#define LKLFS_PRINT_H

#include "commands.h"

/*
 * print_name - print a name or a path
 *
 * On a terminal as quote_name() has it, elsewhere all bytes as they are.
 */
void print_name(const struct run *run, const char *name);

/*
 * format_local_time - "2026-11-21 23:05" in the local zone
 * @exact: with seconds, nanoseconds and the zone
 */
#define PRINT_TIME_MAX 64
const char *format_local_time(const struct lkl_statx_timestamp *time,
			      bool exact, char buf[PRINT_TIME_MAX]);

/* "member_time": "2026-11-21T23:05:00.123456789Z" */
void json_time(struct json_writer *writer, const char *key,
	       const struct lkl_statx_timestamp *time);

/*
 * json_file - the members of an object that describe one file
 * @path: from the root of the image
 * @target: of a symbolic link; NULL: unknown
 */
void json_file(struct run *run, const char *path, const struct lkl_statx *st,
	       const char *target);

/*
 * read_link - the target of a symbolic link
 *
 * The caller frees *@ret_target.
 */
int read_link(int dir, const char *name, char **ret_target);

/* format_human - bytes as "ls -h" shows them: 1.5K, 12M.  Returns @buf. */
#define PRINT_HUMAN_MAX 32
const char *format_human(uint64_t bytes, char buf[PRINT_HUMAN_MAX]);

/* A line for --verbose and an object for --json: @path was changed. */
void print_change(struct run *run, const char *change, const char *path);

/* stat_file - attributes and time of birth of a file, or of a link's target if @follow */
int stat_file(int dir, const char *name, bool follow, struct lkl_statx *ret_st);

#endif /* LKLFS_PRINT_H */
