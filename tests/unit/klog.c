// SPDX-License-Identifier: GPL-2.0-only
/*
 * klog.c - tests of the choice of messages from the kernel's log.
 *
 * The log is here: that of the library needs a kernel.
 */
#include <stdio.h>
#include <string.h>

#include <lkl.h>

#include "common/image/klog.h"
#include "unit.h"

static char log_text[1024];

uint64_t lkl_log_read(uint64_t since, char *buf, size_t size)
{
	snprintf(buf, size, "%s", log_text + since);
	return strlen(log_text);
}

/* A line of the kernel's, with its level in front. */
static void say(const char *line)
{
	strcat(log_text, line);
	strcat(log_text, "\n");
}

static void check_reason(uint64_t mark, const char *wanted)
{
	char reason[512];

	CHECK(klog_reason(&mark, reason, sizeof(reason)));
	CHECK_STR(reason, wanted);
	CHECK_EQ(mark, strlen(log_text));
}

static void repeated_messages(void)
{
	uint64_t mark = klog_mark();

	say("4 a");
	say("3 b");
	say("4 a");
	check_reason(mark, "a; b");
}

/* The first two and the last one are kept; a repetition replaces none of them. */
static void many_messages(void)
{
	uint64_t mark = klog_mark();

	say("4 a");
	say("4 b");
	say("4 c");
	say("4 d");
	say("4 a");
	say("4 d");
	check_reason(mark, "a; b; d");
}

static void messages_that_explain_nothing(void)
{
	char reason[512];
	uint64_t mark;

	say("4 old");
	mark = klog_mark();
	say("6 mounted");
	CHECK(!klog_reason(&mark, reason, sizeof(reason)));
	CHECK_STR(reason, "");
}

int main(void)
{
	RUN(repeated_messages);
	RUN(many_messages);
	RUN(messages_that_explain_nothing);
	return unit_exit();
}
