// SPDX-License-Identifier: GPL-2.0-only
/*
 * key-prompt.c - asks for a passphrase on a terminal.
 */
#include "key-prompt.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "key-wait.h"

static void put(int tty, const char *text, size_t len)
{
	/* If the terminal is gone, the read fails, too. */
	if (write(tty, text, len) < 0)
		return;
}

/* The controls U+0080 to U+009F, of which CSI is one, are 0xc2 and another byte. */
static bool is_c1_pair(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;

	return byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] <= 0x9f;
}

static bool is_control(const char *text, size_t at)
{
	return (unsigned char)text[at] < 0x20 || text[at] == 0x7f ||
		is_c1_pair(text + at) ||
		(at && is_c1_pair(text + at - 1));
}

/* Names of volumes come from the image: no escape sequences. */
static void put_printable(int tty, const char *text)
{
	char line[512];
	size_t i;

	for (i = 0; text[i] && i < sizeof(line); i++)
		line[i] = is_control(text, i) ? '?' : text[i];
	put(tty, line, i);
}

void key_prompt_tell(int tty, const char *line)
{
	put_printable(tty, line);
	put(tty, "\n", 1);
}

/* One byte at a time: the bytes behind the line are for others. */
static ssize_t read_line(int tty, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;
	char c = 0;
	int ret;

	for (;;) {
		ret = key_wait_readable(tty);
		if (ret < 0)
			return ret;
		n = read(tty, &c, 1);
		if (n < 0)
			return -errno;
		if (!n && !len)
			return -ENODATA;
		if (!n || c == '\n')
			return (ssize_t)len;
		if (len == size)
			return -E2BIG;
		buf[len++] = c;
	}
}

ssize_t key_prompt(int tty, const char *question, char *buf, size_t size)
{
	struct termios saved, silent;
	ssize_t ret;

	/* A program in the background has no terminal. */
	if (tcgetpgrp(tty) != getpgrp())
		return -ENOTTY;
	if (tcgetattr(tty, &saved) < 0)
		return -errno;
	silent = saved;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON | ISIG;
	/* Drop what was typed before the echo was off. */
	if (tcsetattr(tty, TCSAFLUSH, &silent) < 0)
		return -errno;
	put_printable(tty, question);
	ret = read_line(tty, buf, size);
	put(tty, "\n", 1);
	tcsetattr(tty, TCSAFLUSH, &saved);
	if (ret < 0)
		explicit_bzero(buf, size);
	return ret;
}
