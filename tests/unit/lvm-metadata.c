// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvm-metadata.c - LVM's text is parsed as LVM writes it, and hostile text is
 * refused with the number of the line.
 */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "common/storage/lvm-group.h"
#include "common/storage/mapper-word.h"

#define HEAD "vg { id = \"group\" seqno = 7 extent_size = 8 "
#define PV "physical_volumes { pv0 { id = \"one\" pe_start = 2048 pe_count = 9 } } "

static int parse(const char *text, struct lvm_group **ret_group, char *error)
{
	struct lkl_error err = { "" };
	int ret = lvm_group_parse(text, strlen(text), ret_group, &err);

	strcpy(error, err.text);
	return ret;
}

static void test_group(void)
{
	struct lvm_group *group = NULL;
	char error[512];

	CHECK_EQ(parse("# a comment\ncontents = \"x\"\n" HEAD
		       "status = [\"READ\", \"a \\\"b\\\\\"]\nrate = 1.25\n" PV
		       "logical_volumes { lv.1 { id = \"two\"\n"
		       "status = [\"READ\", \"WRITE\", \"VISIBLE\"]\n"
		       "segment2 { start_extent = 3 extent_count = 4\n"
		       "type = \"striped\" }\n"
		       "segment1 { start_extent = 0 extent_count = 3\n"
		       "type = \"cache-pool+METADATA_FORMAT\" } } } }\n"
		       "version = 1", &group, error), 0);
	REQUIRE(group);
	CHECK_STR(group->name, "vg");
	CHECK_EQ(group->sequence, 7);
	CHECK(lvm_list_has(group->top->first->next, "status", "a \"b\\"));
	CHECK_EQ(group->n_physicals, 1);
	CHECK_EQ(group->physicals[0].start, 2048);
	REQUIRE(group->n_logicals == 1);
	CHECK(lvm_find_logical(group, "lv.1") == group->logicals);
	CHECK(!lvm_find_logical(group, "lv"));
	CHECK(group->logicals[0].visible && group->logicals[0].writable);
	CHECK_EQ(group->logicals[0].extents, 7);
	CHECK_STR(group->logicals[0].segments[0].type, "cache-pool");
	CHECK_EQ(group->logicals[0].segments[1].start, 3);
	lvm_group_free(group);
}

static void test_refusals(void)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "", "no volume group" },
		{ "a = 1\nb = \"x\n\"", "line 2: a string does not end" },
		{ "a = 1\n\nb = \"x", "line 3: a string does not end" },
		{ "a = \"x\\", "line 1: a string does not end" },
		{ "a = [ 1, 2", "line 1: a list does not end" },
		{ "a = [ 1 2 ]", "line 1: a list does not end" },
		{ "a = 99999999999999999999", "line 1: a number is too large" },
		{ "a = }", "line 1: a value is missing" },
		{ "a = -", "line 1: a value is missing" },
		{ "a", "line 1: a name without a value" },
		{ "}", "line 1: a section that did not begin" },
		{ "vg { a = 1", "line 1: a section does not end" },
		{ "= 1", "line 1: a name is missing" },
		{ "a = [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
		  "line 1: nested too deeply" },
		{ "vg { id = \"x\" extent_size = 0 }",
		  "impossible values of the volume group vg" },
		{ "vg { id = \"x\" extent_size = 36028797018963968 }",
		  "impossible values of the volume group vg" },
		{ ".. { id = \"x\" extent_size = 8 }",
		  "impossible values of the volume group .." },
		{ HEAD "}", "no physical volumes" },
		{ HEAD "physical_volumes { pv0 { id = \"x\" } } }",
		  "impossible values of the physical volume pv0" },
		{ HEAD PV "logical_volumes { lv { id = \"x\" } } }",
		  "lv has 0 segments" },
		{ HEAD PV "logical_volumes { lv { id = \"x\" s { type = \"y\" "
		  "start_extent = 1 extent_count = 1 } } } }",
		  "the segments of lv do not follow each other" },
		{ HEAD PV "logical_volumes { lv { id = \"x\" s { type = \"y\" "
		  "start_extent = 0 extent_count = -1 } } } }",
		  "impossible values of a segment of lv" },
	};
	struct lvm_group *group = NULL;
	char error[512];
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK_EQ(parse(cases[i].text, &group, error), -EINVAL);
		CHECK_STR(error, cases[i].error);
		CHECK(!group);
	}
}

/* A section in a section costs a level, and so does a list. */
static void test_depth(void)
{
	char text[4096] = "", error[512];
	struct lvm_group *group = NULL;
	unsigned int i;

	for (i = 0; i < 1000; i++)
		strcat(text, "a{");
	CHECK_EQ(parse(text, &group, error), -EINVAL);
	CHECK_STR(error, "line 1: nested too deeply");
}

/* The kernel would take the rest for further parameters. */
static void test_words(void)
{
	static const char *const bad[] = {
		"raid5 0", "raid5\v0", "raid5\f0", "raid5\r0", ("raid5\xa0" "0"),
		"raid5\t", "raid5\n", "raid5\\ 0", "",
	};
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(!mapper_is_word(bad[i]));
	CHECK(!mapper_is_word(NULL));
	CHECK(mapper_is_word("capi:xts(aes)-plain64"));
	CHECK(mapper_is_word("raid6_ls_6"));
}

/* Hidden volumes with many values, each a snapshot of another one. */
static char *many_volumes(unsigned int n, unsigned int filler)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned int i, j;

	REQUIRE(out);
	fputs(HEAD PV "logical_volumes { ", out);
	for (i = 0; i < n; i++) {
		fprintf(out, "lv%u { id = \"x\" s { ", i);
		for (j = 0; j < filler; j++)
			fprintf(out, "v%u = %u ", j, j);
		fprintf(out, "start_extent = 0 extent_count = 1 type = \"snapshot\" "
			"origin = \"lv%u\" cow_store = \"cow%u\" } } ", i + 1, i);
	}
	fputs("} }", out);
	fclose(out);
	return text;
}

static void test_many(void)
{
	const struct rlimit limit = { 20, 20 };	/* seconds of the processor */
	struct lvm_group *group = NULL;
	char *text = many_volumes(30000, 0), error[512];
	unsigned int i, n = 0;

	setrlimit(RLIMIT_CPU, &limit);
	CHECK_EQ(parse(text, &group, error), -EINVAL);
	CHECK_STR(error, "more than 4096 logical volumes");
	CHECK(!group);
	free(text);
	text = many_volumes(4096, 200);
	CHECK_EQ(parse(text, &group, error), 0);
	REQUIRE(group);
	for (i = 0; i < group->n_logicals; i++)
		n += lvm_is_volume(group, &group->logicals[i]);
	CHECK_EQ(n, 0);
	lvm_group_free(group);
	free(text);
}

int main(void)
{
	RUN(test_group);
	RUN(test_refusals);
	RUN(test_depth);
	RUN(test_words);
	RUN(test_many);
	return unit_exit();
}
