// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvm-metadata.c - LVM's text is parsed as LVM writes it, and hostile text is
 * refused with the number of the line.
 */
#include "unit/unit.h"

#include <errno.h>

#include "common/storage/lvm-group.h"

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

int main(void)
{
	RUN(test_group);
	RUN(test_refusals);
	RUN(test_depth);
	return unit_exit();
}
