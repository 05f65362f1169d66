// SPDX-License-Identifier: GPL-2.0-only
/*
 * print.c - prints names, times and attributes of files.
 */
#include "print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <lkl.h>

#include "common/cleanup.h"
#include "common/cli/mode.h"
#include "common/cli/quote.h"

void print_name(const struct run *run, const char *name)
{
	fputs(run->to_terminal ? quote_name(name) : name, stdout);
}

const char *format_local_time(const struct lkl_statx_timestamp *time,
			      bool exact, char buf[PRINT_TIME_MAX])
{
	time_t seconds = (time_t)time->tv_sec;
	char date[PRINT_TIME_MAX / 2], zone[8];
	struct tm tm;

	/* A damaged inode may have a year that does not exist. */
	if (!localtime_r(&seconds, &tm) ||
	    !strftime(date, sizeof(date), exact ? "%Y-%m-%d %H:%M:%S" :
		      "%Y-%m-%d %H:%M", &tm) ||
	    !strftime(zone, sizeof(zone), "%z", &tm))
		snprintf(buf, PRINT_TIME_MAX, "@%" PRId64,
			 (int64_t)time->tv_sec);
	else if (exact)
		snprintf(buf, PRINT_TIME_MAX, "%s.%09" PRIu32 " %s", date,
			 time->tv_nsec, zone);
	else
		snprintf(buf, PRINT_TIME_MAX, "%s", date);
	return buf;
}

void json_time(struct json_writer *writer, const char *key,
	       const struct lkl_statx_timestamp *time)
{
	time_t seconds = (time_t)time->tv_sec;
	char date[PRINT_TIME_MAX], text[PRINT_TIME_MAX + 16];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
	    !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm))
		snprintf(text, sizeof(text), "@%" PRId64,
			 (int64_t)time->tv_sec);
	else
		snprintf(text, sizeof(text), "%s.%09" PRIu32 "Z", date,
			 time->tv_nsec);
	json_string(writer, key, text);
}

static void json_device(struct json_writer *writer, const struct lkl_statx *st)
{
	json_object_begin(writer, "device");
	json_unsigned(writer, "major", st->stx_rdev_major);
	json_unsigned(writer, "minor", st->stx_rdev_minor);
	json_object_end(writer);
}

void json_file(struct run *run, const char *path, const struct lkl_statx *st,
	       const char *target)
{
	struct json_writer *writer = &run->writer;
	char mode[8];

	json_name(writer, "path", path);
	json_string(writer, "type", mode_type_name(st->stx_mode));
	snprintf(mode, sizeof(mode), "%04o", st->stx_mode & 07777u);
	json_string(writer, "mode", mode);
	json_unsigned(writer, "uid", st->stx_uid);
	json_unsigned(writer, "gid", st->stx_gid);
	json_unsigned(writer, "size", st->stx_size);
	json_unsigned(writer, "allocated", st->stx_blocks * 512);
	json_unsigned(writer, "links", st->stx_nlink);
	json_unsigned(writer, "inode", st->stx_ino);
	json_time(writer, "mtime", &st->stx_mtime);
	json_time(writer, "atime", &st->stx_atime);
	json_time(writer, "ctime", &st->stx_ctime);
	if (st->stx_mask & LKL_STATX_BTIME)
		json_time(writer, "btime", &st->stx_btime);
	if (S_ISBLK(st->stx_mode) || S_ISCHR(st->stx_mode))
		json_device(writer, st);
	if (target)
		json_name(writer, "target", target);
}

int read_link(int dir, const char *name, char **ret_target)
{
	/* No kernel has longer ones: a path has at most 4096 bytes. */
	char *target = malloc(4097);
	long len;

	if (!target)
		return -ENOMEM;
	len = lkl_sys_readlinkat(dir, name, target, 4096);
	if (len < 0) {
		free(target);
		return (int)len;
	}
	target[len] = '\0';
	*ret_target = target;
	return 0;
}

const char *format_human(uint64_t bytes, char buf[PRINT_HUMAN_MAX])
{
	static const char units[] = "KMGTPE";
	uint64_t scaled = bytes, rest = 0;
	int unit = -1;

	while (scaled >= 1024) {
		/* Round up, as ls and du do. */
		rest = (scaled & 1023) + (rest ? 1 : 0);
		scaled >>= 10;
		unit++;
	}
	if (unit < 0) {
		snprintf(buf, PRINT_HUMAN_MAX, "%" PRIu64, bytes);
		return buf;
	}
	rest = (rest * 10 + 1023) / 1024;
	if (rest > 9) {
		scaled++;
		rest = 0;
	}
	if (scaled < 10)
		snprintf(buf, PRINT_HUMAN_MAX, "%" PRIu64 ".%" PRIu64 "%c",
			 scaled, rest, units[unit]);
	else
		snprintf(buf, PRINT_HUMAN_MAX, "%" PRIu64 "%c",
			 scaled + (rest > 0), units[unit]);
	return buf;
}

void print_change(struct run *run, const char *change, const char *path)
{
	if (run->json) {
		json_line_begin(&run->writer);
		json_string(&run->writer, "change", change);
		json_name(&run->writer, "path", path);
		json_line_end(&run->writer);
	} else if (run->common.verbose) {
		printf("%s ", change);
		print_name(run, path);
		putchar('\n');
	}
}

int stat_file(int dir, const char *name, bool follow, struct lkl_statx *ret_st)
{
	/* The empty name is the directory itself, if the caller has opened it. */
	const int empty = dir == LKL_AT_FDCWD ? 0 : LKL_AT_EMPTY_PATH;

	return (int)lkl_sys_statx(dir, name, LKL_AT_NO_AUTOMOUNT | empty |
				  (follow ? 0 : LKL_AT_SYMLINK_NOFOLLOW),
				  LKL_STATX_BASIC_STATS | LKL_STATX_BTIME,
				  ret_st);
}
