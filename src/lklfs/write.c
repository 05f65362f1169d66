// SPDX-License-Identifier: GPL-2.0-only
/*
 * write.c - lklfs write: writes standard input into a file.
 *
 * The file has either its old contents or all of the new ones: they go into a
 * file with a temporary name, which then replaces it.
 */
#include "commands.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/mode.h"
#include "common/cli/quote.h"
#include "common/copy/job.h"
#include "common/error.h"
#include "print.h"
#include "replace.h"
#include "run.h"

struct write {
	const char *mode;		/* NULL: that of the old file, or 0644 */
};

static const struct option_entry entries[] = {
	{ 'm', "mode", "MODE",
	  "permissions (default: those of the old file, or 644)" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct write *options = ((struct run *)target)->options;

	(void)key;
	options->mode = argument;
	return mode_check(argument, err);
}

static int copy_input(struct replacement *replacement, struct lkl_error *err)
{
	static char buffer[64 << 10];
	ssize_t n;
	int ret;

	for (;;) {
		n = read(STDIN_FILENO, buffer, sizeof(buffer));
		if (job_interrupted())
			return error_set(err, -EINTR, "interrupted");
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, -errno,
					 "cannot read standard input: %s",
					 strerror(errno));
		if (!n)
			return 0;
		ret = replacement_write(replacement, buffer, (size_t)n, err);
		if (ret < 0)
			return ret;
	}
}

static int run_write(struct run *run, struct lkl_error *err)
{
	const struct write *options = run->options;
	const char *path = run->operands[0];
	struct replacement replacement;
	int ret = replacement_begin(path, &replacement, err);

	if (ret < 0)
		return ret;
	if (options->mode)
		replacement.mode = mode_change(options->mode,
					       replacement.mode);
	ret = copy_input(&replacement, err);
	if (ret < 0) {
		replacement_discard(&replacement);
		return error_prefix(err, ret, "%s", quote_operand(path));
	}
	ret = replacement_complete(&replacement, err);
	if (!ret)
		print_change(run, "wrote", path);
	return ret;
}

const struct command write_command = {
	.name = "write",
	.operands = "IMAGE FILE",
	.summary = "write standard input into a file, all or nothing",
	.flags = COMMAND_WRITES | COMMAND_READS_INPUT,
	.min = 1,
	.max = 1,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct write),
	.run = run_write,
};
