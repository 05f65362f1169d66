// SPDX-License-Identifier: GPL-2.0-only
/*
 * path-below.c - which folder a path is in, as text: a longer name of a neighbour does
 * not count, and all absolute paths are below "/".
 */
#include "common/path-below.h"

#include "unit.h"

static void check(const char *path, const char *folder, const char *rest)
{
	const char *got = path_below(path, folder);

	if (!got || !rest)
		CHECK(got == rest);
	else
		CHECK_STR(got, rest);
}

static void test_folder(void)
{
	check("/a/b", "/a/b", "");
	check("/a/b/c", "/a/b", "/c");
	check("/a/b/", "/a/b", "/");
	check("/a/bc", "/a/b", NULL);
	check("/a", "/a/b", NULL);
	check("/b/a/b", "/a/b", NULL);
	check("", "/a/b", NULL);
	check("a/b", "a", "/b");
	check("ab", "a", NULL);
}

static void test_root(void)
{
	check("/", "/", "/");
	check("/a", "/", "/a");
	/* So the kernel names what is no file of a folder. */
	check("pipe:[1]", "/", NULL);
	check("(unreachable)/a", "/", NULL);
	check("/", "/a", NULL);
}

int main(void)
{
	RUN(test_folder);
	RUN(test_root);
	return unit_exit();
}
