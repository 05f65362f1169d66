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

/* As df: of what a user can have, rounded up. */
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

static void print_table(const struct run *run, const struct usage *usage)
{
	char all[PRINT_HUMAN_MAX], used[PRINT_HUMAN_MAX],
		available[PRINT_HUMAN_MAX];
	const struct df *df = run->options;

	printf("%-8s %12s %12s %12s %5s %s\n", "Type",
	       df->inodes ? "Inodes" : df->human ? "Size" : "1K-blocks",
	       "Used", "Available", "Use%", "Image");
	printf("%-8s %12s %12s %12s %4u%% ", session_type(run->session),
	       format_amount(df, usage->all, all),
	       format_amount(df, usage->used, used),
	       format_amount(df, usage->available, available),
	       percent(usage));
	print_name(run, run->image);
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

static int run_df(struct run *run, struct lkl_error *err)
{
	const struct df *df = run->options;
	struct usage bytes, inodes;
	struct lkl_statfs st;
	uint64_t unit;
	int ret = (int)lkl_sys_statfs("/", &st);

	if (ret < 0)
		return run_fatal(run, ret, err);
	unit = (uint64_t)(st.f_frsize ? st.f_frsize : st.f_bsize);
	bytes = (struct usage){
		(uint64_t)st.f_blocks * unit,
		(uint64_t)(st.f_blocks - st.f_bfree) * unit,
		(uint64_t)st.f_bavail * unit,
	};
	inodes = (struct usage){
		(uint64_t)st.f_files, (uint64_t)(st.f_files - st.f_ffree),
		(uint64_t)st.f_ffree,
	};
	if (!run->json) {
		print_table(run, df->inodes ? &inodes : &bytes);
		return 0;
	}
	json_line_begin(&run->writer);
	json_name(&run->writer, "image", run->image);
	json_string(&run->writer, "type", session_type(run->session));
	json_unsigned(&run->writer, "block_size", unit);
	json_usage(&run->writer, "bytes", &bytes);
	json_usage(&run->writer, "inodes", &inodes);
	json_line_end(&run->writer);
	return 0;
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
