// SPDX-License-Identifier: GPL-2.0-only
/*
 * shell-channel.c - the process of lklfs shell at the terminal drops names with control
 * characters, which a process that an image took over may send for completion.
 */
#define _GNU_SOURCE 1

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lklfs/shell-channel.c"

#include "unit/unit.h"

static struct shell_channel front, engine;

/* What the line editor gets for this answer. */
static void check(const char *answer, size_t len, const char *want,
		  size_t want_len)
{
	char *text = NULL;
	size_t got = 0;

	REQUIRE(!shell_send(&engine, SHELL_ANSWER, 0, answer, len));
	REQUIRE(!shell_complete(&front, "x", &text, &got));
	CHECK_EQ(got, want_len);
	CHECK(got == want_len && !memcmp(text, want, got));
	free(text);
}

#define CHECK_NAMES(answer, want) \
	check(answer, sizeof(answer) - 1, want, sizeof(want) - 1)

static void plain_names_are_kept(void)
{
	CHECK_NAMES("", "");
	CHECK_NAMES("one\0two/\0", "one\0two/\0");
	CHECK_NAMES("\303\244\0", "\303\244\0");
}

static void control_characters_are_dropped(void)
{
	CHECK_NAMES("one\0\033]0;title\007\0two\0", "one\0two\0");
	CHECK_NAMES("a\nb\0", "");
	CHECK_NAMES("\177\0one\0", "one\0");
	/* CSI in UTF-8. */
	CHECK_NAMES("\302\2331m\0", "");
	/* The last byte of an answer may be missing. */
	CHECK_NAMES("one\0two", "one\0two\0");
}

int main(void)
{
	int fds[2];

	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	front = (struct shell_channel){ fds[0], fds[0] };
	engine = (struct shell_channel){ fds[1], fds[1] };
	RUN(plain_names_are_kept);
	RUN(control_characters_are_dropped);
	return unit_exit();
}
