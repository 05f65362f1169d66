// SPDX-License-Identifier: GPL-2.0-only
/*
 * sftp.c - lklfs sftp: serves the image to an SFTP client on standard input and
 * output.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cli/quote.h"
#include "common/copy/job.h"
#include "common/error.h"
#include "lklfs/commands.h"
#include "serve.h"

struct sftp_options {
	mode_t umask;			/* of new files and directories */
	int out;			/* owned; or standard output */
};

static const struct option_entry entries[] = {
	{ 'R', "read-only", NULL, "refuse all changes" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct run *run = target;

	(void)key;
	(void)argument;
	(void)err;
	run->read_only = true;
	return 0;
}

/* The kernel inside has a umask of its own, and the sandbox opens nothing. */
static int prepare(struct run *run, struct lkl_error *err)
{
	struct sftp_options *options = run->options;

	(void)err;
	options->umask = umask(0);
	umask(options->umask);
	options->out = serve_open_output(STDOUT_FILENO);
	if (options->out < 0)
		options->out = STDOUT_FILENO;
	return 0;
}

static void release(struct run *run)
{
	const struct sftp_options *options = run->options;

	if (options->out > STDERR_FILENO)
		close(options->out);
}

static int run_sftp(struct run *run, struct lkl_error *err)
{
	const struct sftp_options *options = run->options;
	struct server server = { 0 };
	int ret;

	lkl_sys_umask((int)options->umask);
	ret = serve_client(&server, STDIN_FILENO, options->out,
			   job_interrupted, err);
	/* Open files would prevent unmounting. */
	server_free(&server);
	/* Signals end the program once the image is closed. */
	if (ret == -EINTR && job_interrupted())
		return 0;
	return ret < 0 ? error_prefix(err, ret, "%s", quote_name(run->image)) :
		0;
}

const struct command sftp_command = {
	.name = "sftp",
	.operands = "IMAGE",
	.summary = "serve the image to an SFTP client on standard input and output",
	.notes = "For example: sftp -D 'lklfs sftp disk.img'",
	.flags = COMMAND_WRITES,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct sftp_options),
	.prepare = prepare,
	.release = release,
	.run = run_sftp,
};
