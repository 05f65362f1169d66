// SPDX-License-Identifier: GPL-2.0-only
/*
 * mode.c - permissions of files, as ls shows them and chmod takes them.
 */
#include "mode.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "quote.h"

static const struct {
	unsigned int type;
	char shown, letter;
	const char *name;
} types[] = {
	{ S_IFREG, '-', 'f', "file" },
	{ S_IFDIR, 'd', 'd', "directory" },
	{ S_IFLNK, 'l', 'l', "link" },
	{ S_IFBLK, 'b', 'b', "block device" },
	{ S_IFCHR, 'c', 'c', "character device" },
	{ S_IFIFO, 'p', 'p', "fifo" },
	{ S_IFSOCK, 's', 's', "socket" },
};

#define N_TYPES (sizeof(types) / sizeof(*types))

static unsigned int find_type(unsigned int mode)
{
	unsigned int i;

	for (i = 0; i < N_TYPES; i++)
		if ((mode & S_IFMT) == types[i].type)
			break;
	return i;
}

char mode_type_letter(unsigned int mode)
{
	unsigned int i = find_type(mode);

	return i < N_TYPES ? types[i].letter : '?';
}

const char *mode_type_name(unsigned int mode)
{
	unsigned int i = find_type(mode);

	return i < N_TYPES ? types[i].name : "unknown";
}

const char *mode_format(unsigned int mode, char buf[MODE_TEXT_MAX])
{
	unsigned int i = find_type(mode);

	buf[0] = i < N_TYPES ? types[i].shown : '?';
	for (i = 0; i < 9; i++)
		buf[1 + i] = mode & 0400u >> i ? "rwx"[i % 3] : '-';
	if (mode & S_ISUID)
		buf[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		buf[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		buf[9] = mode & S_IXOTH ? 't' : 'T';
	buf[10] = '\0';
	return buf;
}

static bool is_octal(const char *text)
{
	size_t n = strspn(text, "01234567");

	return n && n <= 5 && !text[n] && strtoul(text, NULL, 8) <= 07777;
}

int mode_check(const char *text, struct lkl_error *err)
{
	const char *s = text;

	if (is_octal(text))
		return 0;
	for (;;) {
		s += strspn(s, "ugoa");
		if (!*s || !strchr("+-=", *s))
			break;
		while (*s && strchr("+-=", *s)) {
			s++;
			if (*s && strchr("ugo", *s))
				s++;
			else
				s += strspn(s, "rwxXst");
		}
		if (!*s)
			return 0;
		if (*s++ != ',')
			break;
	}
	return error_set(err, -EINVAL, "not a mode: %s", quote_name(text));
}

/* The bits that "u", "g" and "o" stand for. */
static unsigned int who_bits(char c)
{
	switch (c) {
	case 'u':
		return S_ISUID | S_IRWXU;
	case 'g':
		return S_ISGID | S_IRWXG;
	case 'o':
		return S_ISVTX | S_IRWXO;
	}
	return 07777;
}

/* "=g": the permissions of one class for all. */
static unsigned int copied_bits(char c, unsigned int mode)
{
	unsigned int bits = c == 'u' ? mode >> 6 : c == 'g' ? mode >> 3 : mode;

	return (bits & 7) * 0111;
}

static unsigned int permission_bits(char c, unsigned int mode)
{
	switch (c) {
	case 'r':
		return 0444;
	case 'w':
		return 0222;
	case 'x':
		return 0111;
	case 'X':
		return S_ISDIR(mode) || mode & 0111 ? 0111 : 0;
	case 's':
		return S_ISUID | S_ISGID;
	case 't':
		return S_ISVTX;
	}
	return 0;
}

/* One "+rw" for the classes @who. */
static const char *apply_operation(const char *s, unsigned int who,
				   unsigned int *mode)
{
	char operation = *s++;
	unsigned int bits = 0;

	if (*s && strchr("ugo", *s))
		bits = copied_bits(*s++, *mode);
	else
		while (*s && strchr("rwxXst", *s))
			bits |= permission_bits(*s++, *mode);
	/* "t" alone is for everybody. */
	bits &= who | (who & S_ISVTX ? 0 : bits & S_ISVTX);
	switch (operation) {
	case '+':
		*mode |= bits;
		break;
	case '-':
		*mode &= ~bits;
		break;
	default:
		/* "=" leaves the set-id bits of a directory. */
		*mode &= ~(who & (S_ISDIR(*mode) ? 01777u : 07777u));
		*mode |= bits;
	}
	return s;
}

unsigned int mode_change(const char *text, unsigned int mode)
{
	unsigned int who, value;
	const char *s = text;

	if (is_octal(text)) {
		value = (unsigned int)strtoul(text, NULL, 8);
		if (S_ISDIR(mode) && strlen(text) < 5)
			value |= mode & (S_ISUID | S_ISGID);
		return value;
	}
	while (*s) {
		who = strchr("+-=", *s) ? 07777 : 0;
		while (*s && !strchr("+-=", *s))
			who |= who_bits(*s++);
		while (*s && *s != ',')
			s = apply_operation(s, who, &mode);
		s += *s == ',';
	}
	return mode & 07777;
}
