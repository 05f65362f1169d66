// SPDX-License-Identifier: GPL-2.0-only
/*
 * find.c - lklfs find: finds files by name and attributes.
 */
#include "find.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/cli/parse.h"
#include "common/error.h"
#include "print.h"
#include "run.h"
#include "traverse.h"

/* Tests have OPTION_LONG_ONLY and their number as a key. */
enum {
	KEY_MAX_DEPTH = OPTION_LONG_ONLY + 0x100,
	KEY_MIN_DEPTH,
	KEY_PRINT,
	KEY_PRINT0,
	KEY_XDEV,
	KEY_EXEC,
};

#define KEY(kind) (OPTION_LONG_ONLY + FIND_##kind)

static const struct option_entry entries[] = {
	{ KEY(NAME), "name", "PATTERN", "the name matches, as by a shell" },
	{ KEY(INAME), "iname", "PATTERN", "the same in either case" },
	{ KEY(PATH), "path", "PATTERN", "the path matches" },
	{ KEY(TYPE), "file-type", "LETTERS",
	  "f, d, l, b, c, p, s, or several of them; also: -type" },
	{ KEY(SIZE), "file-size", "N[cwbkMG]",
	  "so many units of 512 bytes, c: 1; also: -size" },
	{ KEY(MTIME), "mtime", "N", "modified N days ago; +N: more, -N: less" },
	{ KEY(MMIN), "mmin", "N", "modified N minutes ago" },
	{ KEY(PERM), "perm", "MODE",
	  "permissions: exactly, -: all of these, /: any of them" },
	{ KEY(UID), "uid", "N", "number of the owner" },
	{ KEY(GID), "gid", "N", "number of the group" },
	{ KEY(USER), "user", "NAME", "owner, as the image calls it" },
	{ KEY(GROUP), "group", "NAME", "group, as the image calls it" },
	{ KEY(LINKS), "links", "N", "so many names" },
	{ KEY(INUM), "inum", "N", "inode number" },
	{ KEY(EMPTY), "empty", NULL, "an empty file or directory" },
	{ KEY(NOT), "not", NULL, "the next condition must not hold; also: !" },
	{ KEY(AND), "and", NULL, "both hold, as without it; also: -a" },
	{ KEY(OR), "or", NULL, "one of both sides holds; also: -o" },
	{ KEY(OPEN), "open", NULL, "begin a group; also: (" },
	{ KEY(CLOSE), "close", NULL, "end a group; also: )" },
	{ KEY_MAX_DEPTH, "maxdepth", "N", "go N levels down, no more" },
	{ KEY_MIN_DEPTH, "mindepth", "N", "leave out files above this level" },
	{ KEY_XDEV, "xdev", NULL, "do not enter other file systems" },
	{ KEY_PRINT, "print", NULL, "ignored: paths are printed anyway" },
	{ KEY_PRINT0, "print0", NULL, "end each path with a zero byte" },
	{ KEY_EXEC, "exec", NULL, "refused, as -execdir, -ok and -delete are" },
	{ 0 }
};

static int parse_depth(const char *text, unsigned int *ret_depth,
		       struct lkl_error *err)
{
	uint64_t value;
	int ret = parse_number(text, UINT_MAX - 1, &value, err);

	if (!ret)
		*ret_depth = (unsigned int)value + 1;
	return ret;
}

/* Depths are stored with one added: 0 means that there is no limit. */
static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct find *find = ((struct run *)target)->options;

	switch (key) {
	case KEY_MAX_DEPTH:
		return parse_depth(argument, &find->max_depth, err);
	case KEY_MIN_DEPTH:
		return parse_depth(argument, &find->min_depth, err);
	case KEY_PRINT:
		return 0;
	case KEY_PRINT0:
		find->zero = true;
		return 0;
	case KEY_XDEV:
		find->one_file_system = true;
		return 0;
	case KEY_EXEC:
		return error_set(err, -EINVAL,
				 "find starts no programs and deletes nothing: pass its output on, with --print0 or --json");
	}
	return find_add(find, (enum find_kind)(key - OPTION_LONG_ONLY),
			argument, err);
}

/* "-name" as find has it; getopt() would take that for four letters. */
static void translate(int argc, char **argv)
{
	static struct {
		const char *from;
		char to[16];		/* getopt() wants it writable */
		bool has_argument;
	} words[] = {
		{ "-name", "--name", true },
		{ "-iname", "--iname", true },
		{ "-path", "--path", true },
		{ "-type", "--file-type", true },
		{ "-size", "--file-size", true },
		{ "-mtime", "--mtime", true },
		{ "-mmin", "--mmin", true },
		{ "-perm", "--perm", true },
		{ "-uid", "--uid", true },
		{ "-gid", "--gid", true },
		{ "-user", "--user", true },
		{ "-group", "--group", true },
		{ "-links", "--links", true },
		{ "-inum", "--inum", true },
		{ "-maxdepth", "--maxdepth", true },
		{ "-mindepth", "--mindepth", true },
		{ "-empty", "--empty", false },
		{ "-not", "--not", false },
		{ "!", "--not", false },
		{ "-and", "--and", false },
		{ "-a", "--and", false },
		{ "-or", "--or", false },
		{ "-o", "--or", false },
		{ "(", "--open", false },
		{ ")", "--close", false },
		{ "-exec", "--exec", false },
		{ "-execdir", "--exec", false },
		{ "-ok", "--exec", false },
		{ "-okdir", "--exec", false },
		{ "-delete", "--exec", false },
		{ "-xdev", "--xdev", false },
		{ "-mount", "--xdev", false },
		{ "-print", "--print", false },
		{ "-print0", "--print0", false },
	};
	unsigned int j;
	int i;

	for (i = 1; i < argc; i++) {
		for (j = 0; j < sizeof(words) / sizeof(*words); j++)
			if (!strcmp(argv[i], words[j].from))
				break;
		if (j == sizeof(words) / sizeof(*words))
			continue;
		argv[i] = words[j].to;
		i += words[j].has_argument;
	}
}

static int prepare(struct run *run, struct lkl_error *err)
{
	struct find *find = run->options;

	find->now = time(NULL);
	return find_check(find, err);
}

static int print_found(struct traverse *traverse, int dir, const char *name,
		       const struct lkl_statx *st)
{
	struct run *run = traverse->run;
	const struct find *find = run->options;
	const char *path = traverse->path.text;
	char *target = NULL;
	int ret;

	if (find->min_depth && traverse->depth + 1 < find->min_depth)
		return 0;
	ret = find_matches(find, dir, name, path, st);
	if (ret < 0)
		return run_error(run, path, ret, "cannot open directory");
	if (!ret)
		return 0;
	if (run->json) {
		if (S_ISLNK(st->stx_mode))
			read_link(dir, name, &target);
		json_line_begin(&run->writer);
		json_file(run, path, st, target);
		json_line_end(&run->writer);
		free(target);
	} else if (find->zero) {
		fputs(path, stdout);
		putchar('\0');
	} else {
		print_name(run, path);
		putchar('\n');
	}
	return 0;
}

static int visit(struct traverse *traverse, int dir, const char *name,
		 const struct lkl_statx *st)
{
	const struct find *find = traverse->run->options;
	int ret = print_found(traverse, dir, name, st);

	if (!ret && find->max_depth && traverse->depth + 1 >= find->max_depth)
		return TRAVERSE_SKIP;
	return ret;
}

static int run_find(struct run *run, struct lkl_error *err)
{
	static const struct traverse_events events = { .file = visit };
	struct find *find = run->options;
	struct traverse traverse = {
		.run = run,
		.events = &events,
		.one_file_system = find->one_file_system,
	};
	int ret = find_resolve(find, &run->accounts, err);

	return ret < 0 ? ret : traverse_operands(&traverse, err);
}

const struct command find_command = {
	.name = "find",
	.operands = "IMAGE [PATH]... [CONDITION]...",
	.summary = "find files by name and attributes",
	.notes = "Conditions may be written with one dash, as for find(1).  All of them have to\n"
		 "hold, but for what ! -o ( and ) say.",
	.max = OPERANDS_ANY,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct find),
	.translate = translate,
	.prepare = prepare,
	.run = run_find,
};
