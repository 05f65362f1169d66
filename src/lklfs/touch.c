// SPDX-License-Identifier: GPL-2.0-only
/*
 * touch.c - lklfs touch and truncate: make files, and set their times and sizes.
 */
#include "commands.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/cli/date.h"
#include "common/cli/parse.h"
#include "common/error.h"
#include "common/tree/contents.h"
#include "change.h"
#include "print.h"
#include "run.h"

struct touch {
	bool no_create, only_atime, only_mtime;
	const char *reference;		/* in the image; NULL: none */
	bool has_time;
	struct timestamp time;
	/* truncate */
	bool has_size;
	char sign;			/* '+', '-', or 0 */
	uint64_t size;
};

static const struct option_entry touch_entries[] = {
	{ 'c', "no-create", NULL, "make no files" },
	{ 'd', "date", "DATE", "this time: a date, @SECONDS" },
	{ 'r', "reference", "FILE", "the times of this file of the image" },
	{ 'a', "", NULL, "only the time of the last access" },
	{ 'm', "", NULL, "only the time of the last modification" },
	{ 0 }
};

static const struct option_entry truncate_entries[] = {
	{ 'c', "no-create", NULL, "make no files" },
	{ 's', "length", "SIZE", "the new size; with + or - in front, the change" },
	{ 0 }
};

static int handle_touch(int key, const char *argument, void *target,
			struct lkl_error *err)
{
	struct touch *touch = ((struct run *)target)->options;

	switch (key) {
	case 'c':
		touch->no_create = true;
		break;
	case 'd':
		touch->has_time = true;
		return date_parse(argument, &touch->time, err);
	case 'r':
		touch->reference = argument;
		break;
	case 'a':
		touch->only_atime = true;
		break;
	case 'm':
		touch->only_mtime = true;
		break;
	}
	return 0;
}

static int handle_truncate(int key, const char *argument, void *target,
			   struct lkl_error *err)
{
	struct touch *touch = ((struct run *)target)->options;

	if (key == 'c') {
		touch->no_create = true;
		return 0;
	}
	touch->has_size = true;
	if (*argument == '+' || *argument == '-')
		touch->sign = *argument++;
	return parse_size(argument, &touch->size, err);
}

static int make_file(const char *path)
{
	int fd = (int)lkl_sys_openat(LKL_AT_FDCWD, path, LKL_O_WRONLY |
				     LKL_O_CREAT | LKL_O_NONBLOCK |
				     LKL_O_NOCTTY | LKL_O_CLOEXEC, 0644);

	if (fd < 0)
		return fd;
	lkl_sys_close((unsigned int)fd);
	return 0;
}

static int find_times(const struct touch *touch,
		      struct lkl___kernel_timespec times[2],
		      const char **ret_file)
{
	struct lkl_statx st;
	int ret;

	times[0].tv_nsec = times[1].tv_nsec = UTIME_NOW;
	if (touch->has_time) {
		times[0].tv_sec = times[1].tv_sec = touch->time.sec;
		times[0].tv_nsec = times[1].tv_nsec = touch->time.nsec;
	} else if (touch->reference) {
		*ret_file = touch->reference;
		ret = stat_file(LKL_AT_FDCWD, touch->reference, true, &st);
		if (ret < 0)
			return ret;
		times[0].tv_sec = st.stx_atime.tv_sec;
		times[0].tv_nsec = st.stx_atime.tv_nsec;
		times[1].tv_sec = st.stx_mtime.tv_sec;
		times[1].tv_nsec = st.stx_mtime.tv_nsec;
	}
	if (touch->only_mtime && !touch->only_atime)
		times[0].tv_nsec = UTIME_OMIT;
	if (touch->only_atime && !touch->only_mtime)
		times[1].tv_nsec = UTIME_OMIT;
	return 0;
}

static int touch_file(struct run *run, const char *path,
		      const struct lkl___kernel_timespec times[2])
{
	const struct touch *touch = run->options;
	int ret = (int)lkl_sys_utimensat(LKL_AT_FDCWD, path, times, 0);

	if (ret == -ENOENT && touch->no_create)
		return 0;
	if (ret == -ENOENT) {
		ret = make_file(path);
		if (!ret)
			ret = (int)lkl_sys_utimensat(LKL_AT_FDCWD, path,
						     times, 0);
	}
	return change_done(run, path, ret, "cannot touch", "touched");
}

static int run_touch(struct run *run, struct lkl_error *err)
{
	struct lkl___kernel_timespec times[2] = { { 0 } };
	const char *file = NULL;
	unsigned int i;
	int ret = find_times(run->options, times, &file);

	if (ret < 0)
		ret = run_error(run, file, ret, "cannot stat");
	else
		for (i = 0; i < run->n_operands && !ret; i++)
			ret = touch_file(run, run->operands[i], times);
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

static int set_size(const struct touch *touch, const char *path)
{
	struct lkl_statx st;
	uint64_t size = touch->size;
	int ret = touch->no_create ? 0 : make_file(path);

	if (ret == -EISDIR || !ret)
		ret = stat_file(LKL_AT_FDCWD, path, true, &st);
	if (ret < 0)
		return ret;
	if (!S_ISREG(st.stx_mode))
		return S_ISDIR(st.stx_mode) ? -EISDIR : -EINVAL;
	if (touch->sign == '+' &&
	    __builtin_add_overflow(st.stx_size, size, &size))
		return -EFBIG;
	if (touch->sign == '-')
		size = st.stx_size > size ? st.stx_size - size : 0;
	if (size > INT64_MAX)
		return -EFBIG;
	return (int)lkl_sys_truncate(path, (long)size);
}

static int run_truncate(struct run *run, struct lkl_error *err)
{
	const struct touch *touch = run->options;
	unsigned int i;
	int ret = 0, code;

	for (i = 0; i < run->n_operands && !ret; i++) {
		code = set_size(touch, run->operands[i]);
		if (code == -ENOENT && touch->no_create)
			continue;
		ret = change_done(run, run->operands[i], code,
				  "cannot truncate", "truncated");
	}
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

static int prepare_truncate(struct run *run, struct lkl_error *err)
{
	const struct touch *touch = run->options;

	return touch->has_size ? 0 :
		error_set(err, -EINVAL, "truncate: no size given (-s)");
}

const struct command touch_command = {
	.name = "touch",
	.operands = "IMAGE FILE...",
	.summary = "set times of files, and make files",
	.flags = COMMAND_WRITES,
	.min = 1,
	.max = OPERANDS_ANY,
	.entries = touch_entries,
	.handle = handle_touch,
	.options_size = sizeof(struct touch),
	.run = run_touch,
};

const struct command truncate_command = {
	.name = "truncate",
	.operands = "IMAGE FILE...",
	.summary = "set sizes of files",
	.flags = COMMAND_WRITES,
	.min = 1,
	.max = OPERANDS_ANY,
	.entries = truncate_entries,
	.handle = handle_truncate,
	.options_size = sizeof(struct touch),
	.prepare = prepare_truncate,
	.run = run_truncate,
};
