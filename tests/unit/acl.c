// SPDX-License-Identifier: GPL-2.0-only
/*
 * acl.c - tests of the text of access control lists, and of attributes that are
 * none.
 */
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/attributes/acl.h"
#include "unit.h"

#define ENTRY(tag, perm, id) \
	(tag) & 0xff, (tag) >> 8, (perm), 0, \
	(id) & 0xff, (id) >> 8 & 0xff, (id) >> 16 & 0xff, (id) >> 24 & 0xff

#define NO_ID	0xffffffffu

static const unsigned char full[] = {
	2, 0, 0, 0,
	ENTRY(0x01, 7, NO_ID), ENTRY(0x02, 6, 1000u),
	ENTRY(0x02, 4, 4294967294u), ENTRY(0x04, 5, NO_ID),
	ENTRY(0x08, 1, 0u), ENTRY(0x10, 7, NO_ID), ENTRY(0x20, 0, NO_ID),
};

static void text_of_all_tags(void)
{
	char *text = NULL;

	CHECK_EQ(acl_to_text(full, sizeof(full), &text), 0);
	CHECK_STR(text, "user::rwx,user:1000:rw-,user:4294967294:r--,"
		  "group::r-x,group:0:--x,mask::rwx,other::---");
	free(text);
	/* A list without entries. */
	CHECK_EQ(acl_to_text(full, 4, &text), 0);
	CHECK_STR(text, "");
	free(text);
	CHECK_EQ(acl_to_text(full, 12, &text), 0);
	CHECK_STR(text, "user::rwx");
	free(text);
}

static void attributes_that_are_no_list(void)
{
	unsigned char value[sizeof(full)];
	char *text = NULL;
	size_t i;

	for (i = 0; i < 4; i++)
		CHECK_EQ(acl_to_text(full, i, &text), -EINVAL);
	for (i = 5; i < 12; i++)
		CHECK_EQ(acl_to_text(full, i, &text), -EINVAL);
	memcpy(value, full, sizeof(full));
	value[0] = 1;
	CHECK_EQ(acl_to_text(value, sizeof(value), &text), -EINVAL);
	/* A tag that the kernel does not know, first and last. */
	for (i = 4; i < sizeof(full); i += sizeof(full) - 12) {
		memcpy(value, full, sizeof(full));
		value[i] = 0x40;
		CHECK_EQ(acl_to_text(value, sizeof(value), &text), -EINVAL);
		value[i] = 0;
		CHECK_EQ(acl_to_text(value, sizeof(value), &text), -EINVAL);
	}
	CHECK(!text);
}

/* The kernel refuses another order. */
static void attribute_is_sorted(void)
{
	struct acl_entry entries[] = {
		{ 0x20, 0, NO_ID }, { 0x02, 4, 4294967294u },
		{ 0x10, 7, NO_ID }, { 0x08, 1, 0 }, { 0x02, 6, 1000 },
		{ 0x01, 7, NO_ID }, { 0x04, 5, NO_ID },
	};
	void *value = NULL;
	size_t len = 0;

	CHECK_EQ(acl_to_attribute(entries, 7, &value, &len), 0);
	CHECK_EQ(len, sizeof(full));
	CHECK(len == sizeof(full) && !memcmp(value, full, len));
	free(value);
}

int main(void)
{
	RUN(text_of_all_tags);
	RUN(attributes_that_are_no_list);
	RUN(attribute_is_sorted);
	return unit_exit();
}
