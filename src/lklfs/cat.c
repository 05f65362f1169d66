// SPDX-License-Identifier: GPL-2.0-only
/*
 * cat.c - lklfs cat: writes files to standard output.
 */
#include "commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lkl.h>

#include "common/cli/parse.h"
#include "common/copy/job.h"
#include "common/error.h"
#include "common/tree/contents.h"
#include "common/tree/direct.h"
#include "run.h"

enum {
	KEY_RANGE = OPTION_LONG_ONLY,
};

#define BUFFER_SIZE (256u << 10)

struct cat {
	bool has_range, from_end;
	uint64_t start;			/* or bytes from the end */
	uint64_t length;		/* UINT64_MAX: to the end */

	char *buffer;
	bool lent;			/* it is fit for direct I/O */
};

static const struct option_entry entries[] = {
	{ KEY_RANGE, "range", "START[+LENGTH]",
	  "only these bytes of each file; -START counts from its end" },
	{ 'u', "", NULL, "ignored, as by cat" },
	{ 0 }
};

static int parse_range(char *text, struct cat *cat, struct lkl_error *err)
{
	char *plus = strchr(text, '+');
	int ret;

	cat->has_range = true;
	cat->length = UINT64_MAX;
	if (plus) {
		ret = parse_size(plus + 1, &cat->length, err);
		if (ret < 0)
			return ret;
		*plus = '\0';
	}
	cat->from_end = *text == '-';
	ret = parse_size(text + cat->from_end, &cat->start, err);
	if (plus)
		*plus = '+';
	return ret;
}

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct cat *cat = ((struct run *)target)->options;
	char *text;
	int ret;

	if (key != KEY_RANGE)
		return 0;
	text = strdup(argument);
	if (!text)
		return error_no_memory(err);
	ret = parse_range(text, cat, err);
	free(text);
	return ret;
}

/* Returns 1 if the reader has closed the pipe: a failure, but not worth a message. */
static int write_all(struct run *run, const char *data, size_t len,
		     struct lkl_error *err)
{
	ssize_t n;

	while (len) {
		n = write(STDOUT_FILENO, data, len);
		if (n < 0 && errno == EINTR && !job_interrupted())
			continue;
		if (n < 0)
			n = -errno;
		if (n == -EINTR)
			return run_fatal(run, -EINTR, err);
		if (n == -EPIPE) {
			run->failures++;
			return 1;
		}
		if (n < 0)
			return error_set(err, (int)n,
					 "cannot write to standard output: %s",
					 strerror((int)-n));
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The start of the range in a file of @size bytes. */
static uint64_t range_start(const struct cat *cat, uint64_t size)
{
	if (!cat->from_end)
		return cat->start;
	return cat->start < size ? size - cat->start : 0;
}

/* Returns 1 if nobody wants the rest. */
static int write_contents(struct run *run, int fd, const char *path,
			  const struct lkl_statx *st, struct lkl_error *err)
{
	const struct cat *cat = run->options;
	uint64_t left = cat->has_range ? cat->length : UINT64_MAX;
	uint64_t at = cat->has_range ? range_start(cat, st->stx_size) : 0;
	size_t len;
	long n;
	int ret;

	if (S_ISREG(st->stx_mode) && st->stx_size >= DIRECT_MIN && cat->lent &&
	    !(at % DIRECT_ALIGN))
		direct_begin(fd);
	while (left) {
		if (job_interrupted())
			return run_fatal(run, -EINTR, err);
		len = left < BUFFER_SIZE ? (size_t)left : BUFFER_SIZE;
		n = direct_read(fd, cat->buffer, len, at);
		if (n < 0) {
			ret = run_error(run, path, (int)n, "cannot read");
			return ret < 0 ? run_fatal(run, ret, err) : 0;
		}
		if (!n)
			break;
		ret = write_all(run, cat->buffer, (size_t)n, err);
		if (ret)
			return ret;
		at += (uint64_t)n;
		left -= (uint64_t)n;
	}
	return 0;
}

static int cat_file(struct run *run, const char *path, struct lkl_error *err)
{
	struct lkl_statx st;
	int fd = contents_open(path, &st), ret;

	if (fd < 0) {
		ret = fd == -EINVAL ?
			run_error(run, path, 0, "not a regular file") :
			run_error(run, path, fd, "cannot open");
		return ret < 0 ? run_fatal(run, ret, err) : 0;
	}
	ret = write_contents(run, fd, path, &st, err);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

static int run_cat(struct run *run, struct lkl_error *err)
{
	struct cat *cat = run->options;
	unsigned int i;
	int ret = 0;

	cat->buffer = direct_alloc(BUFFER_SIZE, &cat->lent);
	if (!cat->buffer)
		return error_no_memory(err);
	for (i = 0; i < run->n_operands && !ret; i++)
		ret = cat_file(run, run->operands[i], err);
	direct_free(cat->buffer, BUFFER_SIZE, cat->lent);
	return ret < 0 ? ret : 0;
}

static int prepare(struct run *run, struct lkl_error *err)
{
	if (run->json)
		return error_set(err, -EINVAL,
				 "cat: --json makes no sense: its output is the file");
	return 0;
}

const struct command cat_command = {
	.name = "cat",
	.operands = "IMAGE FILE...",
	.summary = "write files to standard output",
	.min = 1,
	.max = OPERANDS_ANY,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct cat),
	.prepare = prepare,
	.run = run_cat,
};
