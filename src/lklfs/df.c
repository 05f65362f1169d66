// SPDX-License-Identifier: GPL-2.0-only
/*
 * df.c - lklfs df: shows how full the file system is.
 */
#include "commands.h"

#include <inttypes.h>
#include <stdio.h>

#include <lkl.h>

#include "common/cli/quote.h"
#include "print.h"
#include "run.h"

struct df {
	bool human, inodes;
};

static const struct option_entry entries[] = {
	{ 'h', "human-readable", NULL, "sizes as 1.5K, 12M" },
	{ 'i', "inodes", NULL, "inodes, not bytes" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct df *df = ((struct run *)target)->options;

	(void)argument;
	(void)err;
	if (key == 'h')
		df->human = true;
	else
		df->inodes = true;
	return 0;
}

struct usage {
	uint64_t all, used, available;
};

/* The share of the space that users can have, rounded up, as by df. */
static unsigned int percent(const struct usage *usage)
{
	double users = (double)usage->used + (double)usage->available, share;

	if (users <= 0)
		return 0;
	share = 100 * (double)usage->used / users;
	return (unsigned int)share + (share > (unsigned int)share);
}

static const char *format_amount(const struct df *df, uint64_t amount,
				 char buf[PRINT_HUMAN_MAX])
{
	if (df->human)
		return format_human(amount, buf);
	snprintf(buf, PRINT_HUMAN_MAX, "%" PRIu64,
		 df->inodes ? amount : amount / 1024);
	return buf;
}

static void print_heading(const struct run *run, bool has_mounts)
{
	const struct df *df = run->options;

	printf("%-8s %12s %12s %12s %5s %s\n", "Type",
	       df->inodes ? "Inodes" : df->human ? "Size" : "1K-blocks",
	       "Used", "Available", "Use%", has_mounts ? "Mounted on" : "Image");
}

static void print_usage(const struct run *run, const char *type,
			const struct usage *usage, const char *name)
{
	char all[PRINT_HUMAN_MAX], used[PRINT_HUMAN_MAX],
		available[PRINT_HUMAN_MAX];
	const struct df *df = run->options;

	printf("%-8s %12s %12s %12s %4u%% ", type,
	       format_amount(df, usage->all, all),
	       format_amount(df, usage->used, used),
	       format_amount(df, usage->available, available),
	       percent(usage));
	print_name(run, name);
	putchar('\n');
}

static void json_usage(struct json_writer *writer, const char *key,
		       const struct usage *usage)
{
	json_object_begin(writer, key);
	json_unsigned(writer, "total", usage->all);
	json_unsigned(writer, "used", usage->used);
	json_unsigned(writer, "available", usage->available);
	json_object_end(writer);
}

/* @mount: NULL without --system */
static void show_file_system(struct run *run, const char *type,
			     const struct lkl_statfs *st, const char *mount)
{
	uint64_t unit = (uint64_t)(st->f_frsize ? st->f_frsize : st->f_bsize);
	const struct df *df = run->options;
	const struct usage bytes = {
		(uint64_t)st->f_blocks * unit,
		(uint64_t)(st->f_blocks - st->f_bfree) * unit,
		(uint64_t)st->f_bavail * unit,
	}, inodes = {
		(uint64_t)st->f_files, (uint64_t)(st->f_files - st->f_ffree),
		(uint64_t)st->f_ffree,
	};

	if (!run->json) {
		print_usage(run, type, df->inodes ? &inodes : &bytes,
			    mount ? mount : run->image);
		return;
	}
	json_line_begin(&run->writer);
	json_name(&run->writer, "image", run->image);
	if (mount)
		json_name(&run->writer, "mount", mount);
	json_string(&run->writer, "type", type);
	json_unsigned(&run->writer, "block_size", unit);
	json_usage(&run->writer, "bytes", &bytes);
	json_usage(&run->writer, "inodes", &inodes);
	json_line_end(&run->writer);
}

static int show_mount(struct run *run, const struct session_mount *mount)
{
	struct lkl_statfs st;
	int fd = session_mount_open(mount), ret;

	ret = fd < 0 ? fd : (int)lkl_sys_fstatfs((unsigned int)fd, &st);
	if (fd >= 0)
		lkl_sys_close((unsigned int)fd);
	if (ret < 0)
		return run_error(run, mount->path, ret, "cannot stat");
	show_file_system(run, mount->type, &st, mount->path);
	return 0;
}

static int run_df(struct run *run, struct lkl_error *err)
{
	unsigned int n = session_mount_count(run->session), i;
	struct lkl_statfs st;
	int ret = (int)lkl_sys_statfs("/", &st);

	if (ret < 0)
		return run_fatal(run, ret, err);
	if (!run->json)
		print_heading(run, n);
	if (!n)
		show_file_system(run, session_type(run->session), &st, NULL);
	for (i = 0; i < n && !ret; i++)
		ret = show_mount(run, session_mount_at(run->session, i));
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

const struct command df_command = {
	.name = "df",
	.operands = "IMAGE",
	.summary = "show how full the file system is",
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct df),
	.run = run_df,
};
