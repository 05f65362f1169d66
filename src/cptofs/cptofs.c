// SPDX-License-Identifier: GPL-2.0-only
/*
 * cptofs.c - cptofs and cpfromfs: copies files into a disk image or out of it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* nftw */
#endif
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/archive-library.h"
#include "common/cli/parse.h"
#include "common/cli/progress.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/copy/archive.h"
#include "common/copy/copy.h"
#include "common/copy/host-guardian.h"
#include "common/copy/writeback.h"
#include "common/error.h"
#include "common/image/session.h"
#include "common/image/watchdog.h"
#include "common/monotonic.h"
#include "common/standard-descriptors.h"
#include "arguments.h"
#include "confine.h"

enum {
	EXIT_DONE,
	EXIT_INCOMPLETE,
	EXIT_USAGE,
};

/* The name selects the direction; libtool may have put "lt-" in front. */
static const char *program_name(const char *path)
{
	const char *name = path ? strrchr(path, '/') : NULL;

	name = name ? name + 1 : path;
	return name && strstr(name, "cpfromfs") ? "cpfromfs" : "cptofs";
}

/* Sizes: for the progress line, and to recognise impossible ones. */
static void measure_image(struct job *job, const struct operands *operands)
{
	struct lkl_statfs st;
	uint64_t used;
	int fd;

	fd = job->from->open(LKL_AT_FDCWD, "/", LKL_O_RDONLY |
			     LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (job->from->statfs(fd, &st) >= 0) {
		job->magic = (uint64_t)st.f_type;
		job->capacity = (uint64_t)st.f_blocks * (uint64_t)st.f_bsize;
		used = (uint64_t)(st.f_blocks - st.f_bfree) *
			(uint64_t)st.f_bsize;
		session_add_space(job->session, &job->capacity, &used);
		/* The total is known only if all of it is copied. */
		if (operands->n == 1 &&
		    !operands->sources[0][strspn(operands->sources[0], "/.")])
			progress_set_total(used);
	}
	job->from->directory.close(fd);
}

static uint64_t host_bytes;

static int add_file_size(const char *path, const struct stat *st, int type,
			 struct FTW *ftw)
{
	(void)path;
	(void)type;
	(void)ftw;
	if (S_ISREG(st->st_mode))
		host_bytes += (uint64_t)st->st_size;
	return job_interrupted();
}

/* Adds up the sizes of files of the host, if progress is shown. */
static void measure_host(const struct operands *operands)
{
	size_t i;

	if (!progress_is_wanted())
		return;
	for (i = 0; i < operands->n; i++)
		nftw(operands->sources[i], add_file_size, 64, FTW_PHYS);
	progress_set_total(host_bytes);
}

static void print_summary(const struct job *job, double seconds)
{
	char bytes[FORMAT_SIZE_MAX], rate[FORMAT_SIZE_MAX];

	report_line("%" PRIu64 " files, %" PRIu64 " directories, %" PRIu64
		    " hard links, %" PRIu64 " others, %s in %.1f s (%s/s)",
		    job->files, job->directories, job->hard_links,
		    job->others, format_size(bytes, job->bytes), seconds,
		    format_size(rate, seconds > 0 ?
				(uint64_t)((double)job->bytes / seconds) : 0));
}

/* The directory of an existing file is open as a path only. */
static int sync_overwritten(struct job *job, const char *dest)
{
	int fd = job->to->open(LKL_AT_FDCWD, dest, LKL_O_RDONLY |
			       LKL_O_NONBLOCK | LKL_O_NOCTTY | LKL_O_CLOEXEC,
			       0);
	struct lkl_statx st;
	int ret = 0;

	/* Nobody but its owner may be able to read it. */
	if (fd < 0)
		return 0;
	if (job->to->statx(fd, "", 0, &st) >= 0 && S_ISREG(st.stx_mode))
		ret = job->to->syncfs(fd);
	job->to->directory.close(fd);
	return ret;
}

/* Waits until everything is on stable storage. */
static int sync_target(struct job *job, const struct arguments *arguments,
		       struct lkl_error *err)
{
	int ret;

	if (job->settings->dry_run || job->to_base < 0 || arguments->no_sync)
		return 0;
	/* After a signal, only an image is worth the wait. */
	if (job_interrupted() && !job->into_image)
		return error_set(err, -EINTR,
				 "interrupted, not everything is on stable storage");
	if (job->stage >= 0)
		job->to->syncfs(job->stage);
	ret = arguments->operands.overwrites ?
		sync_overwritten(job, arguments->operands.dest) :
		job->to->syncfs(job->to_base);
	if (ret >= 0)
		return 0;
	if (job->into_image)
		return error_set(err, ret,
				 "%s: cannot write everything to the image: %s",
				 quote_name(arguments->image),
				 lkl_strerror(ret));
	return error_set(err, ret, "%s: cannot write everything: %s",
			 quote_name(arguments->operands.dest),
			 lkl_strerror(ret));
}

/* Returns 1 if some files were not copied. */
static int copy_operands(const struct arguments *arguments, struct job *job,
			 int archive, struct lkl_error *err)
{
	int64_t start = monotonic_ns();
	int ret, synced, settled;

	job->list = arguments->common.verbose;
	if (!job->into_image)
		measure_image(job, &arguments->operands);
	else
		measure_host(&arguments->operands);
	ret = arguments->tar ?
		archive_copy(job, arguments->tar, archive,
			     &arguments->operands, err) :
		operands_copy(job, &arguments->operands, err);
	limits_summary(job);
	settled = host_guardian_settle();
	if (settled < 0) {
		job->failures++;
		report_error("%s: cannot move the copy there from a directory beside it: %s",
			     quote_name(arguments->operands.dest),
			     lkl_strerror(settled));
	}
	if (session_panic())
		return error_set(err, -ENOTRECOVERABLE,
				 "%s: the kernel panicked: %s",
				 quote_name(arguments->image), session_panic());
	/* The messages about files are enough. */
	if (ret == -ENOSPC && job->failures)
		ret = 1;
	else if (ret == -EINTR && job_interrupted())
		ret = error_set(err, ret, "interrupted, not everything was copied");
	/* Nothing was copied, perhaps: do not wait. */
	synced = ret == -EINTR && !job->into_image ? ret :
		sync_target(job, arguments, err);
	if (synced < 0)
		return synced;
	/* The signal that interrupts a copy interrupts writing the list, too. */
	if (job->list && ret >= 0 &&
	    error_flush(stdout, "the list of files", err) < 0)
		return -EIO;
	if (job->list && ret >= 0)
		print_summary(job, (double)(monotonic_ns() - start) / 1e9);
	return ret ? ret : job->failures ? 1 : 0;
}

static int copy_between(const struct arguments *arguments,
			const struct session *session,
			struct writeback *writeback, int archive,
			struct lkl_error *err)
{
	struct lkl_error left_err;
	struct job job;
	int ret, left;

	ret = image_enter(session_root(session), err);
	if (ret < 0)
		return error_prefix(err, ret, "%s",
				    quote_name(arguments->image));
	ret = job_init(&job, &arguments->settings, session,
		       arguments->into_image);
	job.writeback = writeback;
	if (ret < 0)
		error_no_memory(err);
	else
		ret = copy_operands(arguments, &job, archive, err);
	/* Open files would prevent unmounting. */
	job_free(&job);
	if (ret < 0 && ret != -EINTR && !session_panic() &&
	    session_host_failure(session, &left_err))
		error_set(err, ret, "%s: %s", quote_name(arguments->image),
			  left_err.text);
	left = image_leave(&left_err);
	if (left < 0 && ret >= 0) {
		*err = left_err;
		return left;
	}
	return ret;
}

static void give_up(const char *text)
{
	report_error("%s", text);
	file_remove_partial();
}

/* Returns the exit status. */
static int run_copy(struct arguments *arguments)
{
	const struct watchdog watchdog = {
		.image = arguments->image, .give_up = give_up,
	};
	bool writes = arguments->into_image && !arguments->settings.dry_run;
	struct writeback *writeback = NULL;
	struct session *session;
	int archive = -1, ret = 0;
	struct lkl_error err, close_err;

	watchdog_set(&watchdog);
	if (arguments->tar)
		ret = archive_library_load(&err);
	if (!ret && arguments->tar)
		archive = ret = archive_open(arguments->tar, &err);
	if (ret >= 0)
		ret = session_prepare(arguments->image, &arguments->common,
				      writes ? 0 : SESSION_READ_ONLY, &session,
				      &err);
	if (ret < 0) {
		report_error("%s", err.text);
		return EXIT_INCOMPLETE;
	}
	if (writes && !arguments->common.snapshot)
		writeback = writeback_open(arguments->image);
	ret = confine(arguments, session, &err);
	if (!ret)
		ret = session_mount(session, &err);
	if (!ret)
		ret = copy_between(arguments, session, writeback, archive,
				   &err);
	host_guardian_end();
	writeback_close(writeback);
	progress_finish(ret == 0);
	if (ret < 0)
		report_error("%s", err.text);
	/* A kernel that panicked was reported already, or the host's failure. */
	if (session_close(session, &close_err) < 0 && !session_panic()) {
		if (!ret || strcmp(err.text, close_err.text))
			report_error("%s", close_err.text);
		ret = -EIO;
	}
	return ret ? EXIT_INCOMPLETE : EXIT_DONE;
}

int main(int argc, char **argv)
{
	const char *program = program_name(argv[0]);
	struct arguments arguments;
	struct lkl_error err = { "" };
	int ret;

	standard_descriptors_fill();
	report_init(program);
	/* If the reader of a pipe exits, that is an error of write(). */
	signal(SIGPIPE, SIG_IGN);

	ret = arguments_parse(program, argc, argv, &arguments, &err);
	if (ret == 0)
		return EXIT_DONE;
	if (ret < 0) {
		report_usage_error(err.text);
		return EXIT_USAGE;
	}

	arguments.settings.umask = umask(0);
	if (arguments.settings.reproducible)
		arguments.settings.umask = 022;
	host_raise_file_limit();
	report_set_quiet(arguments.common.quiet);
	progress_init(arguments.common.progress_fd,
		      !arguments.common.quiet && !arguments.common.verbose);
	interrupt_init();
	ret = run_copy(&arguments);
	arguments_free(&arguments);
	interrupt_end();
	return ret;
}
