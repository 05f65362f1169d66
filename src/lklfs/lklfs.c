// SPDX-License-Identifier: GPL-2.0-only
/*
 * lklfs.c - looks at the files of a disk image, and changes them.
 */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "common/cli/report.h"
#include "common/copy/job.h"
#include "common/standard-descriptors.h"
#include "arguments.h"
#include "run.h"

int main(int argc, char **argv)
{
	struct lkl_error err = { "" };
	struct run run = { 0 };
	int ret;

	standard_descriptors_fill();
	report_init("lklfs");
	/* If the reader of a pipe exits, that is an error of write(). */
	signal(SIGPIPE, SIG_IGN);

	ret = arguments_parse(argc, argv, &run, &err);
	if (ret == 0)
		return EXIT_DONE;
	/* A library is missing: the command line is not wrong. */
	if (ret == -ENOTSUP) {
		report_error("%s", err.text);
		return command_trouble(run.command);
	}
	if (ret < 0) {
		report_usage_error(err.text);
		return EXIT_USAGE;
	}
	report_set_quiet(run.common.quiet);
	interrupt_init();
	ret = run_command(&run);
	run_free(&run);
	interrupt_end();
	return ret;
}
