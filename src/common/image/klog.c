// SPDX-License-Identifier: GPL-2.0-only
/*
 * klog.c - find the messages in the kernel's log that explain a failure.
 *
 * mount() returns one error number for many causes; the log has the reason.
 * The first message is usually the cause and the last the consequence, so both
 * are kept.
 */
#include "klog.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"

/* The library's whole log and a terminating zero. */
#define KLOG_SIZE		((64u << 10) + 1)
#define KLOG_LEVEL_WARNING	4
#define KLOG_KEEP		3
#define KLOG_LINE_MAX		160

uint64_t klog_mark(void)
{
	cleanup_free char *buf = malloc(KLOG_SIZE);
	uint64_t at = 0, next;

	if (!buf)
		return 0;
	for (;;) {
		next = lkl_log_read(at, buf, KLOG_SIZE);
		if (next == at)
			return at;
		at = next;
	}
}

/* Dumps and advice do not explain a failure. */
static bool is_noise(const char *line)
{
	static const char *const noise[] = {
		"Unmount and run", "First 128 bytes", "Call Trace",
		"CPU: ", "+0x", "stack of ", "autoloading is deprecated",
	};
	unsigned int i;

	for (i = 0; i < sizeof(noise) / sizeof(*noise); i++)
		if (strstr(line, noise[i]))
			return true;
	/* "00000000: 58 46 53 42": a hexadecimal dump. */
	for (i = 0; i < 8; i++)
		if (!isxdigit((unsigned char)line[i]))
			return false;
	return line[8] == ':';
}

/*
 * Copy @line without the device: "EXT4-fs (vda1): text" and "BTRFS error
 * (device vda1 state E): text" become "EXT4-fs: text", "BTRFS error: text".
 */
static void copy_message(char buf[KLOG_LINE_MAX], const char *line)
{
	const char *open = strstr(line, "(vd"), *close;
	const char *device = strstr(line, "(device vd");

	if (device && (!open || device < open))
		open = device;
	close = open ? strchr(open, ')') : NULL;
	if (open && close && open > line && open[-1] == ' ' &&
	    open - line < 48)
		snprintf(buf, KLOG_LINE_MAX, "%.*s%s", (int)(open - 1 - line),
			 line, close + 1);
	else
		snprintf(buf, KLOG_LINE_MAX, "%s", line);
}

/* File systems repeat what they say at each try. */
static bool is_kept(char kept[][KLOG_LINE_MAX], unsigned int n,
		    const char *message)
{
	while (n--)
		if (!strcmp(kept[n], message))
			return true;
	return false;
}

bool klog_reason(uint64_t *mark, char *buf, size_t size)
{
	cleanup_free char *log = malloc(KLOG_SIZE);
	char kept[KLOG_KEEP][KLOG_LINE_MAX], message[KLOG_LINE_MAX];
	unsigned int n = 0, i;
	char *line, *next;
	size_t len = 0;

	buf[0] = '\0';
	if (!log)
		return false;
	*mark = lkl_log_read(*mark, log, KLOG_SIZE);

	for (line = log; *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		else
			next = line + strlen(line);
		if (!isdigit((unsigned char)line[0]) || line[1] != ' ' ||
		    line[0] - '0' > KLOG_LEVEL_WARNING)
			continue;
		line += 2;
		while (*line == ' ')
			line++;
		if (!*line || is_noise(line))
			continue;
		copy_message(message, line);
		if (!is_kept(kept, n, message))
			strcpy(kept[n < KLOG_KEEP ? n++ : KLOG_KEEP - 1],
			       message);
	}

	for (i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					i ? "; " : "", quote_name(kept[i]));
	return n > 0;
}

void klog_show(int level, const char *line, size_t len, void *opaque)
{
	(void)opaque;
	report_kernel(level, line, len);
}
