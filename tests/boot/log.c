// SPDX-License-Identifier: GPL-2.0-only
/*
 * log.c - the callback gets each line of the kernel's log with its level, and
 * lkl_log_read() returns the lines that were kept.
 */
#include "boot.h"

static int count[8];
static char last_line[2000];
static int last_level;

static void note(int level, const char *line, size_t len, void *opaque)
{
	CHECK(opaque == count);
	REQUIRE(level >= 0 && level < 8 && len < sizeof(last_line));
	CHECK(!memchr(line, '\n', len) && !memchr(line, '\0', len));
	count[level]++;
	memcpy(last_line, line, len);
	last_line[len] = '\0';
	last_level = level;
}

int main(void)
{
	struct lkl_options options = {
		.size = sizeof(options),
		.log = note, .opaque = count,
		/* All lines, however many. */
		.params = "printk.devkmsg=on",
	};
	static char buf[100000];
	char text[600], line[700];
	struct lkl_error err = { "" };
	uint64_t at, next;
	unsigned int fd;
	int i;

	IS(lkl_log_read(0, buf, sizeof(buf)), 0);
	IS(strlen(buf), 0);
	MUST(lkl_start(&options, &err));
	CHECK(count[5] + count[6] > 10);
	at = lkl_log_read(0, buf, sizeof(buf));
	CHECK(at > 0);
	snprintf(line, sizeof(line), "5 Linux version %s ",
		 lkl_kernel_version());
	CHECK_THAT(strstr(buf, line), "%.200s", buf);

	/* Lines of our own, with their level. */
	MUST(lkl_sys_mknodat(LKL_AT_FDCWD, "/kmsg", LKL_S_IFCHR | 0600,
			     1 << 8 | 11));
	fd = (unsigned int)MUST(open_file("/kmsg", LKL_O_WRONLY));
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	snprintf(line, sizeof(line), "<3>long %s\n", text);
	OK(lkl_sys_write(fd, line, strlen(line)));
	IS(last_level, 3);
	snprintf(line, sizeof(line), "long %s", text);
	CHECK_THAT(!strcmp(last_line, line), "%s", last_line);
	next = lkl_log_read(at, buf, sizeof(buf));
	CHECK(next > at);
	snprintf(line, sizeof(line), "3 long %s\n", text);
	CHECK_THAT(!strcmp(buf, line), "%s", buf);
	IS(lkl_log_read(next, buf, sizeof(buf)), next);
	IS(strlen(buf), 0);

	/* More than is kept, and less room than is needed. */
	for (i = 0; i < 2000; i++) {
		snprintf(line, sizeof(line), "<4>line %d of many, %.50s\n", i,
			 text);
		OK(lkl_sys_write(fd, line, strlen(line)));
	}
	IS(count[4] >= 2000, 1);
	at = lkl_log_read(0, buf, sizeof(buf));
	CHECK(strstr(buf, "4 line 1999 of many"));
	CHECK(strlen(buf) <= 65536);
	CHECK(strlen(buf) > 30000);
	next = lkl_log_read(0, buf, 200);
	CHECK(next <= at && strlen(buf) < 200);
	OK(lkl_sys_close(fd));
	OK(lkl_halt());
	IS(lkl_log_read(at, buf, sizeof(buf)) >= at, 1);
	return check_exit();
}
