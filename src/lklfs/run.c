// SPDX-License-Identifier: GPL-2.0-only
/*
 * run.c - opens the image for a command, runs it, and reports its errors.
 */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <lkl.h>

#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/copy/job.h"
#include "common/error.h"
#include "common/image/klog.h"
#include "common/image/watchdog.h"
#include "common/tree/file-calls.h"

void run_free(struct run *run)
{
	if (run->command->release && run->options)
		run->command->release(run);
	free(run->options);
	run->options = NULL;
	accounts_free(&run->accounts);
}

bool run_host_failed(const struct run *run)
{
	struct lkl_error reason;

	return run->session && !run->read_only &&
		session_host_failure(run->session, &reason);
}

int run_error(struct run *run, const char *path, int code, const char *what)
{
	const char *why = code ? lkl_strerror(code) : NULL, *name;
	char reason[384];
	bool has_reason;

	if (session_ends(code) || (code == -EINTR && job_interrupted()) ||
	    (code && run_host_failed(run)))
		return code;
	run->failures++;
	has_reason = klog_reason(&run->log_mark, reason, sizeof(reason));
	/* So names and messages keep their order if both go to one file. */
	fflush(stdout);
	/* After klog_reason(), which uses quote_name(), too. */
	name = quote_operand(path);
	report_error("%s: %s%s%s%s%s%s", name, what, why ? ": " : "",
		     why ? why : "", has_reason ? " (kernel: " : "", reason,
		     has_reason ? ")" : "");
	return 0;
}

int run_fatal(const struct run *run, int code, struct lkl_error *err)
{
	if (session_panic())
		return error_set(err, code, "%s: the kernel panicked: %s",
				 quote_name(run->image), session_panic());
	if (code == -EINTR && job_interrupted())
		return error_set(err, code, "interrupted");
	return error_set(err, code, "%s: %s", quote_name(run->image),
			 lkl_strerror(code));
}

/* The reader of a pipe may have seen enough: that is not worth a message. */
static void finish_output(struct run *run)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return;
	if (errno && errno != EPIPE)
		report_error("cannot write to standard output: %s",
			     strerror(errno));
	clearerr(stdout);
	run->failures++;
}

/*
 * If the host has failed, session_close() reports that.  The shell closes the image only
 * later, so it reports now.
 */
static void report_failure(const struct run *run, struct lkl_error *err)
{
	if (!run_host_failed(run)) {
		report_error("%s", err->text);
	} else if (run->in_shell) {
		session_host_failure(run->session, err);
		report_error("%s: %s", quote_name(run->image), err->text);
	}
}

int run_in_image(struct run *run)
{
	struct lkl_error err = { "" };
	int ret;

	run->log_mark = klog_mark();
	json_writer_init(&run->writer, stdout);
	ret = run->command->run(run, &err);
	finish_output(run);
	if (ret < 0)
		report_failure(run, &err);
	if (ret < 0 || run->failures)
		return command_trouble(run->command);
	return run->status;
}

/* The program reports success only when all changes are in the image. */
static int sync_image(const struct run *run, struct lkl_error *err)
{
	int ret;

	if (run->read_only)
		return 0;
	ret = (int)lkl_sys_openat(LKL_AT_FDCWD, "/", LKL_O_RDONLY |
				  LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (ret >= 0) {
		int fd = ret;

		ret = (int)lkl_sys_syncfs(fd);
		lkl_sys_close((unsigned int)fd);
	}
	if (ret >= 0)
		ret = session_sync_below(run->session);
	if (ret < 0)
		return error_set(err, ret,
				 "%s: cannot write everything to the image: %s",
				 quote_name(run->image), lkl_strerror(ret));
	return 0;
}

/* The image is mounted. */
static int run_mounted(struct run *run)
{
	struct lkl_error err, left_error;
	int ret, left, status;

	ret = image_enter(session_root(run->session), &err);
	if (ret < 0) {
		error_prefix(&err, ret, "%s", quote_name(run->image));
		report_error("%s", err.text);
		return EXIT_INCOMPLETE;
	}
	status = run_in_image(run);
	ret = sync_image(run, &err);
	if (session_panic())
		return status;
	/* The file system cannot be unmounted as long as this process is in it. */
	left = image_leave(&left_error);
	if (ret < 0 && !run_host_failed(run))
		report_error("%s", err.text);
	if (left < 0)
		report_error("%s", left_error.text);
	return ret < 0 || left < 0 ? EXIT_INCOMPLETE : status;
}

static void prepare_output(struct run *run)
{
	run->to_terminal = isatty(STDOUT_FILENO) == 1;
	/* The sandbox hides the time zone. */
	tzset();
}

int run_command(struct run *run)
{
	const struct watchdog watchdog = { .image = run->image };
	const unsigned int flags = run->read_only ? SESSION_READ_ONLY : 0;
	int status = EXIT_INCOMPLETE;
	struct lkl_error err;
	int ret;

	watchdog_set(&watchdog);
	prepare_output(run);
	if (run->command->flags & COMMAND_ALONE)
		return run_in_image(run);
	ret = session_prepare(run->image, &run->common, flags, &run->session,
			      &err);
	if (ret < 0) {
		report_error("%s", err.text);
		return EXIT_INCOMPLETE;
	}
	ret = session_confine(run->session, &err);
	if (!ret)
		ret = session_mount(run->session, &err);
	if (ret < 0)
		report_error("%s", err.text);
	else
		status = run_mounted(run);
	/* A kernel that panicked was reported already. */
	if (session_close(run->session, &err) < 0 && !session_panic()) {
		report_error("%s", err.text);
		status = EXIT_INCOMPLETE;
	}
	return status;
}
