// SPDX-License-Identifier: GPL-2.0-only
/*
 * merged-tree.c - tests of the rules by which layers of a container image are
 * applied: whiteouts, opaque directories, replaced files, links.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tar2fs/container/merged-tree.h"
#include "unit.h"

/*
 * A line of a story: "LAYER TYPE PATH [TARGET]".  Types: d directory, f file,
 * s symbolic link, h hard link.
 */
static int add_line(struct merged_tree *tree, const char *line, uint32_t ordinal,
		    struct lkl_error *err)
{
	char path[100], target[100] = "", type;
	struct member member = { .path = path, .size = 1 };
	unsigned int layer;

	if (sscanf(line, "%u %c %99s %99s", &layer, &type, path, target) < 3)
		abort();
	member.type = type == 'd' ? MEMBER_DIRECTORY :
		type == 's' ? MEMBER_SYMLINK :
		type == 'h' ? MEMBER_HARD_LINK : MEMBER_FILE;
	if (target[0])
		member.target = target;
	return merged_tree_add(tree, layer, ordinal, &member, err);
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "path#line" of all that is left, sorted; "path" without a member. */
static void list_tree(struct merged_tree *tree, char *buf, size_t size)
{
	const struct survivor *at;
	char *texts[64], *path;
	size_t n, i, len = 0;

	buf[0] = '\0';
	if (merged_tree_finish(tree, &at, &n) < 0 || n > 64)
		abort();
	for (i = 0; i < n; i++) {
		path = merged_tree_path(tree, at[i].node);
		texts[i] = malloc(strlen(path) + 20);
		if (at[i].ordinal == MERGED_IMPLICIT)
			sprintf(texts[i], "%s", path);
		else
			sprintf(texts[i], "%s#%u", path, at[i].ordinal);
		free(path);
	}
	qsort(texts, n, sizeof(*texts), compare_text);
	for (i = 0; i < n; i++) {
		if (strcmp(texts[i], "."))
			len += (size_t)snprintf(buf + len, size - len, "%s%s",
						len ? " " : "", texts[i]);
		free(texts[i]);
	}
}

/* Adds all lines, which end with NULL, and compares what is left. */
static void check_story(const char *const *lines, const char *want)
{
	struct merged_tree *tree = merged_tree_new();
	struct lkl_error err = { "" };
	char have[1000];
	uint32_t i;
	int ret;

	for (i = 0; lines[i]; i++) {
		ret = add_line(tree, lines[i], i, &err);
		if (ret < 0) {
			printf("%s: %s\n", lines[i], err.text);
			CHECK_EQ(ret, 0);
		}
	}
	list_tree(tree, have, sizeof(have));
	CHECK_STR(have, want);
	merged_tree_free(tree);
}

#define STORY(want, ...) \
	check_story((const char *const []){ __VA_ARGS__, NULL }, want)

/* The last line is an error. */
static void check_refused(const char *const *lines, const char *why)
{
	struct merged_tree *tree = merged_tree_new();
	struct lkl_error err = { "" };
	uint32_t i;

	for (i = 0; lines[i + 1]; i++)
		CHECK_EQ(add_line(tree, lines[i], i, &err), 0);
	CHECK_EQ(add_line(tree, lines[i], i, &err), -EINVAL);
	if (!strstr(err.text, why))
		CHECK_STR(err.text, why);
	merged_tree_free(tree);
}

#define REFUSED(why, ...) \
	check_refused((const char *const []){ __VA_ARGS__, NULL }, why)

static void files_of_later_layers_replace(void)
{
	STORY("a#1", "0 f a", "1 f a");
	STORY("d#0 d/x#1 d/y#2", "0 d d", "0 f d/x", "1 f d/y");
	/* Within a layer, too. */
	STORY("a#1", "0 f a", "0 f a");
}

static void directories_take_attributes(void)
{
	STORY("d#2 d/x#1", "0 d d", "0 f d/x", "1 d d");
	/* A member below it is no change of the directory. */
	STORY("d#0 d/x#1", "0 d d", "1 f d/x");
	STORY("d d/e d/e/x#0", "0 f d/e/x");
}

static void types_change(void)
{
	STORY("d#2", "0 d d", "0 f d/x", "1 f d");
	STORY("d#1 d/x#2", "0 f d", "1 d d", "1 f d/x");
	STORY("d#2", "0 d d", "0 f d/x", "1 s d elsewhere");
	STORY("d#2 t#0", "0 d t", "0 s d t", "1 d d");
	/* Back and forth: nothing comes back. */
	STORY("d#3", "0 d d", "0 f d/x", "1 f d", "2 d d");
}

static void whiteouts_hide_lower_layers(void)
{
	STORY("b#1", "0 f a", "0 f b", "1 f .wh.a");
	STORY("d#0", "0 d d", "0 d d/e", "0 f d/e/x", "1 f d/.wh.e");
	STORY("", "0 d d", "0 d d/e", "0 f d/e/x", "1 f .wh.d");
	/* A later layer may bring the name back, and only that. */
	STORY("d#3", "0 d d", "0 f d/x", "1 f .wh.d", "2 d d");
	/* What is not there needs no whiteout. */
	STORY("a#0", "0 f a", "1 f .wh.b", "1 f no/such/.wh.x");
	/* By any type of file that is not a directory. */
	STORY("", "0 f a", "1 h .wh.a b");
}

static void whiteouts_spare_their_own_layer(void)
{
	STORY("a#2", "0 f a", "1 f .wh.a", "1 f a");
	STORY("a#1", "0 f a", "1 f a", "1 f .wh.a");
	STORY("d#3 d/y#4", "0 d d", "0 f d/x", "1 f .wh.d", "1 d d", "1 f d/y");
	STORY("d#2 d/y#3", "0 d d", "0 f d/x", "1 d d", "1 f d/y", "1 f .wh.d");
	/* The attributes of the directory are gone with it. */
	STORY("d d/y#2", "0 d d", "0 f d/x", "1 f d/y", "1 f .wh.d");
}

static void opaque_directories_hide_lower_entries(void)
{
	STORY("d#0", "0 d d", "0 f d/x", "0 d d/e", "0 f d/e/z",
	      "1 f d/.wh..wh..opq");
	STORY("d#2 d/y#4", "0 d d", "0 f d/x", "1 d d", "1 f d/.wh..wh..opq",
	      "1 f d/y");
	/* Before or after the entries. */
	STORY("d#2 d/y#3", "0 d d", "0 f d/x", "1 d d", "1 f d/y",
	      "1 f d/.wh..wh..opq");
	STORY("d#0 d/e d/e/y#4", "0 d d", "0 d d/e", "0 f d/e/x", "0 f d/z",
	      "1 f d/e/y", "1 f d/.wh..wh..opq");
	STORY("y#2", "0 f x", "1 f .wh..wh..opq", "1 f y");
	/* The next layer sees what is left. */
	STORY("d#0 d/z#5", "0 d d", "0 f d/x", "1 f d/.wh..wh..opq", "1 f d/y",
	      "2 f d/.wh.y", "2 f d/z");
}

static void hard_links_keep_files(void)
{
	STORY("a#0 b#0", "0 f a", "0 h b a");
	/* To a lower layer, and when the first name goes. */
	STORY("a#0 b#0", "0 f a", "1 h b a");
	STORY("b#0", "0 f a", "1 h b a", "2 f .wh.a");
	STORY("a#2 b#0", "0 f a", "1 h b a", "2 f a");
	/* The name that is left in the same layer stays. */
	STORY("b#0", "0 f a", "1 h b a", "1 f .wh.a");
	STORY("a#1 b#1", "0 f a", "1 f a", "1 h b a");
	STORY("a#0", "0 f a", "1 h a a");
	/* A link takes the place of a directory. */
	STORY("d#2", "0 d d", "0 f d/x", "0 f f", "1 h d f", "2 f .wh.f");
}

static void symbolic_links_in_paths_are_followed(void)
{
	STORY("lib#1 usr usr/lib#0 usr/lib/x#2", "0 d usr/lib",
	      "0 s lib usr/lib", "1 f lib/x");
	STORY("lib#2 usr usr/lib#0", "0 d usr/lib", "0 f usr/lib/x",
	      "0 s lib /usr/lib", "1 f lib/.wh.x");
	/* ".." ends at the root directory. */
	STORY("d#0 d/x#2 l#1", "0 d d", "0 s l ../../../d", "1 f l/x");
}

static void nonsense_is_refused(void)
{
	REFUSED("whiteout of \"\"", "0 f a", "1 f .wh.");
	REFUSED("whiteout of \".\"", "1 f .wh..");
	REFUSED("whiteout of \"..\"", "1 f d/.wh...");
	REFUSED("must not begin", "1 d .wh.d");
	REFUSED("begins with", "1 f .wh.d/x");
	REFUSED("is a file", "0 f a", "1 f a/b");
	REFUSED("too many symbolic links", "0 s a b", "0 s b a", "1 f a/x");
	REFUSED("does not exist", "0 h a b");
	REFUSED("does not exist", "0 f b", "1 f .wh.b", "1 h a b");
	REFUSED("to a directory", "0 d b", "0 h a b");
	REFUSED("root directory", "0 f .");
	REFUSED("root directory", "0 f a", "0 h . a");
}

/* Deep paths, and many names.  The other limits are about bytes. */
static void limits_hold(void)
{
	struct rusage before, after;

	struct merged_tree *tree = merged_tree_new();
	struct member member = { .type = MEMBER_FILE };
	char path[2 * MERGED_DEPTH_MAX + 3], name[20];
	struct lkl_error err = { "" };
	uint32_t i;
	int ret = 0;

	for (i = 0; i < sizeof(path) - 1; i++)
		path[i] = i % 2 ? '/' : 'd';
	path[sizeof(path) - 1] = '\0';
	member.path = path;
	CHECK_EQ(merged_tree_add(tree, 0, 0, &member, &err), -E2BIG);
	path[2 * MERGED_DEPTH_MAX - 1] = '\0';
	CHECK_EQ(merged_tree_add(tree, 0, 0, &member, &err), 0);

	getrusage(RUSAGE_SELF, &before);
	member.path = name;
	for (i = 0; i <= MERGED_NAMES_MAX && !ret; i++) {
		snprintf(name, sizeof(name), "%u", i);
		ret = merged_tree_add(tree, 0, i, &member, &err);
	}
	CHECK_EQ(ret, -E2BIG);
	CHECK(i > MERGED_NAMES_MAX - 2 * MERGED_DEPTH_MAX);
	getrusage(RUSAGE_SELF, &after);
#ifndef __SANITIZE_ADDRESS__
	if (!getenv("INSTRUMENT") || !*getenv("INSTRUMENT"))
		CHECK(after.ru_maxrss - before.ru_maxrss < 160 << 10);
#endif
	merged_tree_free(tree);
}

/* A hostile image must not make this take a square of its size. */
static void removing_again_costs_nothing(void)
{
	struct merged_tree *tree = merged_tree_new();
	struct member member = { .type = MEMBER_FILE };
	struct lkl_error err = { "" };
	const uint32_t n = 200000;
	char name[20];
	uint32_t i;

	member.path = name;
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "d/%u", i);
		CHECK_EQ(merged_tree_add(tree, 0, i, &member, &err), 0);
	}
	/* A square would be hours. */
	for (i = 0; i < n; i++) {
		member.type = i % 4 == 3 ? MEMBER_DIRECTORY : MEMBER_FILE;
		member.path = i % 4 == 0 ? ".wh.d" :
			i % 4 == 1 ? "d/.wh..wh..opq" : "d";
		if (i % 4 == 1 && i > 1)
			continue;
		CHECK_EQ(merged_tree_add(tree, 1 + i / (n / 100), i, &member,
					 &err), 0);
	}
	merged_tree_free(tree);
}

int main(void)
{
	RUN(files_of_later_layers_replace);
	RUN(directories_take_attributes);
	RUN(types_change);
	RUN(whiteouts_hide_lower_layers);
	RUN(whiteouts_spare_their_own_layer);
	RUN(opaque_directories_hide_lower_entries);
	RUN(hard_links_keep_files);
	RUN(symbolic_links_in_paths_are_followed);
	RUN(nonsense_is_refused);
	RUN(limits_hold);
	RUN(removing_again_costs_nothing);
	return unit_exit();
}
