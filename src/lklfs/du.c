// SPDX-License-Identifier: GPL-2.0-only
/*
 * du.c - lklfs du: sums up the space that directories take.
 *
 * A file with several names counts once.
 */
#include "commands.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cli/parse.h"
#include "common/error.h"
#include "common/tree/device.h"
#include "print.h"
#include "run.h"
#include "traverse.h"

enum {
	KEY_APPARENT = OPTION_LONG_ONLY,
};

struct du {
	bool all, summarize, human, bytes, apparent, one_file_system, total;
	uint64_t max_depth;		/* plus 1; 0: no limit */

	uint64_t *sums;			/* of directories, by depth */
	size_t size;
	uint64_t grand_total;
	struct visited linked;		/* files with several names */
};

static const struct option_entry entries[] = {
	{ 'a', "all", NULL, "files, too, not only directories" },
	{ 's', "summarize", NULL, "only the operands themselves" },
	{ 'd', "max-depth", "N", "directories down to this level" },
	{ 'h', "human-readable", NULL, "sizes as 1.5K, 12M" },
	{ 'b', "bytes", NULL, "lengths of files, in bytes" },
	{ KEY_APPARENT, "apparent-size", NULL,
	  "lengths of files, not the space they take" },
	{ 'c', "total", NULL, "a sum of all operands at the end" },
	{ 'x', "one-file-system", NULL, "do not enter other file systems" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct du *du = ((struct run *)target)->options;
	int ret;

	switch (key) {
	case 'a':
		du->all = true;
		break;
	case 's':
		du->summarize = true;
		break;
	case 'd':
		ret = parse_number(argument, UINT_MAX, &du->max_depth, err);
		du->max_depth++;
		return ret;
	case 'h':
		du->human = true;
		break;
	case 'b':
		du->bytes = du->apparent = true;
		break;
	case KEY_APPARENT:
		du->apparent = true;
		break;
	case 'c':
		du->total = true;
		break;
	case 'x':
		du->one_file_system = true;
		break;
	}
	return 0;
}

static void print_sum(struct run *run, uint64_t bytes, const char *path)
{
	const struct du *du = run->options;
	char buf[PRINT_HUMAN_MAX];

	if (run->json) {
		json_line_begin(&run->writer);
		if (path)
			json_name(&run->writer, "path", path);
		else
			json_bool(&run->writer, "total", true);
		json_unsigned(&run->writer, du->apparent ? "size" :
			      "allocated", bytes);
		json_line_end(&run->writer);
		return;
	}
	if (du->human)
		printf("%s\t", format_human(bytes, buf));
	else
		printf("%" PRIu64 "\t", du->bytes ? bytes :
		       (bytes + 1023) / 1024);
	print_name(run, path ? path : "total");
	putchar('\n');
}

static bool is_printed(const struct du *du, unsigned int depth)
{
	if (du->summarize)
		return !depth;
	return !du->max_depth || depth < du->max_depth;
}

static int make_room(struct du *du, size_t depth)
{
	uint64_t *sums;

	if (depth < du->size)
		return 0;
	sums = realloc(du->sums, (2 * depth + 64) * sizeof(*sums));
	if (!sums)
		return -ENOMEM;
	du->sums = sums;
	du->size = 2 * depth + 64;
	return 0;
}

/* The sum of a file or directory goes to the directory that it is in. */
static void add_up(struct traverse *traverse, uint64_t bytes, bool directory)
{
	struct du *du = traverse->run->options;

	if (traverse->depth)
		du->sums[traverse->depth - 1] += bytes;
	else
		du->grand_total += bytes;
	if (is_printed(du, traverse->depth) &&
	    (directory || du->all || !traverse->depth))
		print_sum(traverse->run, bytes, traverse->path.text);
}

static int visit(struct traverse *traverse, int dir, const char *name,
		 const struct lkl_statx *st)
{
	struct du *du = traverse->run->options;
	uint64_t bytes = du->apparent ? st->stx_size : st->stx_blocks * 512;

	(void)dir;
	(void)name;
	if (S_ISDIR(st->stx_mode)) {
		if (du->apparent)
			bytes = st->stx_size;
		if (make_room(du, traverse->depth) < 0)
			return -ENOMEM;
		du->sums[traverse->depth] = bytes;
		return 0;
	}
	if (st->stx_nlink > 1) {
		if (visited_has(&du->linked, device_of(st), st->stx_ino))
			return 0;
		visited_enter(&du->linked, device_of(st), st->stx_ino, true);
	}
	add_up(traverse, bytes, false);
	return 0;
}

static int leave(struct traverse *traverse, const struct lkl_statx *st)
{
	const struct du *du = traverse->run->options;

	(void)st;
	add_up(traverse, du->sums[traverse->depth], true);
	return 0;
}

static int run_du(struct run *run, struct lkl_error *err)
{
	static const struct traverse_events events = {
		.file = visit, .leave = leave,
	};
	struct du *du = run->options;
	struct traverse traverse = {
		.run = run,
		.events = &events,
		.sort = SORT_NAME,
		.one_file_system = du->one_file_system,
	};
	int ret = traverse_operands(&traverse, err);

	if (!ret && du->total)
		print_sum(run, du->grand_total, NULL);
	return ret;
}

static void release(struct run *run)
{
	struct du *du = run->options;

	free(du->sums);
	visited_free(&du->linked);
}

const struct command du_command = {
	.name = "du",
	.operands = "IMAGE [PATH]...",
	.summary = "sum up the space that directories take",
	.max = OPERANDS_ANY,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct du),
	.release = release,
	.run = run_du,
};
