// SPDX-License-Identifier: GPL-2.0-only
/*
 * key-prompt.c - the guardian of keys writes no control characters to the terminal, which
 * a process that an image took over may put into its question.
 */
#define _GNU_SOURCE 1

#include <string.h>
#include <unistd.h>

#include "common/storage/key-prompt.h"
#include "unit/unit.h"

static void check(const char *line, const char *want)
{
	char got[1024];
	int fds[2];
	ssize_t n;

	REQUIRE(!pipe(fds));
	key_prompt_tell(fds[1], line);
	n = read(fds[0], got, sizeof(got) - 1);
	REQUIRE(n > 0 && got[n - 1] == '\n');
	got[n - 1] = '\0';
	CHECK_STR(got, want);
	close(fds[0]);
	close(fds[1]);
}

static void text_is_shown(void)
{
	check("disk.img: partition 1", "disk.img: partition 1");
	/* Bytes of other characters have the values of controls. */
	check("\303\204\342\200\231\302\247", "\303\204\342\200\231\302\247");
}

static void controls_are_not(void)
{
	check("\033]0;title\007\r\177", "?]0;title???");
	check("a\302\2331mb", "a??1mb");
	check("\302", "\302");
}

int main(void)
{
	RUN(text_is_shown);
	RUN(controls_are_not);
	return unit_exit();
}
