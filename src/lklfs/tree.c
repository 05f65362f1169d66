// SPDX-License-Identifier: GPL-2.0-only
/*
 * tree.c - lklfs tree: draws directories as a tree.
 */
#include "commands.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cli/parse.h"
#include "print.h"
#include "run.h"
#include "traverse.h"

struct tree {
	uint64_t max_depth;		/* 0: no limit */
	uint64_t directories, files;	/* printed */
};

static const struct option_entry entries[] = {
	{ 'L', "", "N", "go N levels down, no more" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct tree *tree = ((struct run *)target)->options;

	(void)key;
	return parse_number(argument, UINT_MAX, &tree->max_depth, err);
}

/* Names come sorted, so a level knows how many are left. */
static bool is_last(const struct walk_level *level)
{
	return level->directory.next == level->directory.n;
}

static void print_branches(const struct traverse *traverse)
{
	unsigned int i;

	for (i = 0; i + 1 < traverse->depth; i++)
		fputs(is_last(&traverse->walk.levels[i]) ? "    " :
		      "\u2502   ", stdout);
	if (traverse->depth)
		fputs(is_last(&traverse->walk.levels[i]) ?
		      "\u2514\u2500\u2500 " : "\u251c\u2500\u2500 ", stdout);
}

static int visit(struct traverse *traverse, int dir, const char *name,
		 const struct lkl_statx *st)
{
	struct run *run = traverse->run;
	struct tree *tree = run->options;
	char *target = NULL;

	if (S_ISDIR(st->stx_mode))
		tree->directories += traverse->depth > 0;
	else
		tree->files++;
	/* Without a target, the link is still a link. */
	if (S_ISLNK(st->stx_mode))
		read_link(dir, name, &target);
	if (run->json) {
		json_line_begin(&run->writer);
		json_file(run, traverse->path.text, st, target);
		json_unsigned(&run->writer, "depth", traverse->depth);
		json_line_end(&run->writer);
	} else {
		print_branches(traverse);
		print_name(run, name);
		if (target) {
			fputs(" -> ", stdout);
			print_name(run, target);
		}
		putchar('\n');
	}
	free(target);
	return tree->max_depth && traverse->depth >= tree->max_depth ?
		TRAVERSE_SKIP : 0;
}

static int run_tree(struct run *run, struct lkl_error *err)
{
	static const struct traverse_events events = { .file = visit };
	const struct tree *tree = run->options;
	struct traverse traverse = {
		.run = run,
		.events = &events,
		.sort = SORT_NAME,
	};
	int ret = traverse_operands(&traverse, err);

	if (!ret && !run->json)
		printf("\n%" PRIu64 " %s, %" PRIu64 " %s\n",
		       tree->directories, tree->directories == 1 ?
		       "directory" : "directories", tree->files,
		       tree->files == 1 ? "file" : "files");
	return ret;
}

const struct command tree_command = {
	.name = "tree",
	.operands = "IMAGE [PATH]...",
	.summary = "draw directories as a tree",
	.max = OPERANDS_ANY,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct tree),
	.run = run_tree,
};
