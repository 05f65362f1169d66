// SPDX-License-Identifier: GPL-2.0-only
/*
 * fs2tar.c - writes the files of a disk image into a tar archive.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <lkl.h>

#include "common/error.h"
#include "common/cli/progress.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/image/session.h"
#include "common/image/watchdog.h"
#include "common/output.h"
#include "common/standard-descriptors.h"
#include "arguments.h"
#include "tree.h"

enum {
	EXIT_DONE,
	EXIT_INCOMPLETE,
	EXIT_USAGE,
};

static const char *output_name(const struct arguments *arguments)
{
	return arguments->output ? quote_name(arguments->output) :
		"standard output";
}

/* Opens the directory to start at.  Links cannot lead out of the image. */
static int open_root(const struct session *session, const char *directory,
		     struct lkl_error *err)
{
	struct lkl_open_how how = {
		.flags = LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_CLOEXEC,
		.resolve = LKL_RESOLVE_IN_ROOT,
	};
	int root, fd;

	root = (int)lkl_sys_openat(LKL_AT_FDCWD, session_root(session),
				   (int)how.flags, 0);
	if (root < 0)
		return error_set(err, root, "cannot open the root directory: %s",
				 lkl_strerror(root));
	if (!directory)
		return root;
	fd = (int)lkl_sys_openat2(root, directory, &how, sizeof(how));
	lkl_sys_close((unsigned int)root);
	if (fd < 0)
		return error_set(err, fd, "cannot open directory %s: %s",
				 quote_name(directory), lkl_strerror(fd));
	return fd;
}

/* For the progress line. */
static void measure_image(int root, const struct session *session,
			  const struct arguments *arguments)
{
	struct lkl_statfs st;
	uint64_t bytes = 0, used;

	if (arguments->directory || arguments->settings.filter.include.n ||
	    lkl_sys_fstatfs((unsigned int)root, &st) < 0)
		return;
	used = (uint64_t)(st.f_blocks - st.f_bfree) * (uint64_t)st.f_bsize;
	session_add_space(session, &bytes, &used);
	progress_set_total(used);
}

/* Describes an error that ended the job and is not the output's. */
static int describe_error(int code, struct lkl_error *err)
{
	if (session_panic())
		return error_set(err, code, "the kernel panicked: %s",
				 session_panic());
	return error_set(err, code, "%s", lkl_strerror(code));
}

/* Writes all files; takes @root.  Returns 1 if some are missing. */
static int write_files(const struct arguments *arguments,
		       const struct session *session, int root,
		       struct stream *stream, struct lkl_error *err)
{
	struct lkl_error list_error;
	struct job job;
	int ret;

	ret = job_init(&job, &arguments->settings, stream);
	if (ret < 0) {
		lkl_sys_close((unsigned int)root);
		job_free(&job);
		return error_no_memory(err);
	}
	/* Like GNU tar: where the archive does not go. */
	if (arguments->common.verbose)
		job.list = arguments->output ? stdout : stderr;
	measure_image(root, session, arguments);

	ret = write_tree(&job, root);
	if (!ret)
		ret = pax_put_end(stream);
	if (job.list && error_flush(job.list, "the list of files",
				     &list_error) < 0) {
		report_error("%s", list_error.text);
		job.failures++;
	}
	if (ret < 0)
		describe_error(ret, err);
	else if (job.failures)
		ret = 1;
	job_free(&job);
	return ret;
}

/* Sets up compression, if it is wanted, and the stream in front of it. */
static int start_stream(const struct arguments *arguments,
			struct output *output, struct stream **ret_stream,
			struct compressor **ret_compressor,
			struct lkl_error *err)
{
	struct compressor *compressor;
	int ret;

	*ret_compressor = NULL;
	if (compress_is_none(arguments->compress))
		return stream_start(output_write, output, ret_stream, err);

	ret = compress_start(arguments->compress, arguments->level,
			     arguments->threads, output_write, output,
			     &compressor, err);
	if (ret < 0)
		return ret;
	ret = stream_start(compress_write, compressor, ret_stream, err);
	if (ret < 0)
		compress_finish(compressor, false);
	else
		*ret_compressor = compressor;
	return ret;
}

/*
 * Takes @root.  Returns 1 if some files are missing.  @err is empty if another
 * program tells the reason.
 */
static int write_archive(const struct arguments *arguments,
			 const struct session *session, int root,
			 struct output *output, struct lkl_error *err)
{
	struct compressor *compressor;
	struct stream *stream;
	int ret, written;

	ret = start_stream(arguments, output, &stream, &compressor, err);
	if (ret < 0) {
		lkl_sys_close((unsigned int)root);
		return ret;
	}
	ret = write_files(arguments, session, root, stream, err);
	written = stream_finish(stream);
	if (compressor && (ret < 0 || written < 0))
		compress_finish(compressor, false);
	else if (compressor)
		written = compress_finish(compressor, true);
	if (written == -EPIPE && arguments->reader_reports) {
		*err = (struct lkl_error){ "" };
		return written;
	}
	if (written < 0)
		return error_set(err, written, "cannot write %s: %s",
				 output_name(arguments), strerror(-written));
	return ret;
}

static int open_output(const struct arguments *arguments,
		       const struct session *session,
		       struct output **ret_output, struct lkl_error *err)
{
	struct stat st;
	int ret;

	if (output_target(arguments->output, &st) &&
	    session_is_image(session, &st))
		return error_set(err, -EINVAL,
				 "%s is the image itself, will not overwrite it",
				 output_name(arguments));
	ret = output_open(arguments->output, 0, ret_output, err);
	if (ret < 0)
		return error_prefix(err, ret, "%s", output_name(arguments));
	return 0;
}

/* Returns 1 if some files are missing.  Takes @output. */
static int convert_image(const struct arguments *arguments,
			 struct session *session, struct output *output,
			 struct lkl_error *err)
{
	int root, ret, completed;

	ret = session_confine(session, err);
	if (!ret)
		ret = session_mount(session, err);
	if (ret < 0) {
		output_discard(output);
		return ret;
	}
	root = open_root(session, arguments->directory, err);
	if (root < 0) {
		output_discard(output);
		return error_prefix(err, root, "%s",
				    quote_name(arguments->image));
	}

	ret = write_archive(arguments, session, root, output, err);
	/* The current directory would prevent unmounting. */
	lkl_sys_chdir("/");
	if (ret < 0) {
		output_discard(output);
		return ret;
	}
	completed = output_complete(output, arguments->sync, err);
	if (completed < 0)
		return error_prefix(err, completed, "%s",
				    output_name(arguments));
	return ret;
}

/* Returns the exit status. */
static int run_fs2tar(const struct arguments *arguments)
{
	const struct watchdog watchdog = { .image = arguments->image };
	struct session *session;
	struct output *output;
	struct lkl_error err;
	int ret;

	watchdog_set(&watchdog);
	ret = compress_prepare(arguments->compress, &err);
	if (!ret)
		ret = session_prepare(arguments->image, &arguments->common,
				      SESSION_READ_ONLY, &session, &err);
	if (ret < 0) {
		report_error("%s", err.text);
		return EXIT_INCOMPLETE;
	}
	ret = open_output(arguments, session, &output, &err);
	if (!ret)
		ret = convert_image(arguments, session, output, &err);
	progress_finish(ret == 0);
	if (ret < 0 && err.text[0])
		report_error("%s", err.text);
	/* A kernel that panicked was reported already. */
	if (session_close(session, &err) < 0 && !session_panic()) {
		report_error("%s", err.text);
		ret = -EIO;
	}
	return ret ? EXIT_INCOMPLETE : EXIT_DONE;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct lkl_error err = { "" };
	int ret;

	standard_descriptors_fill();
	report_init("fs2tar");
	/* If the reader of a pipe exits, that is an error of write(). */
	signal(SIGPIPE, SIG_IGN);

	ret = arguments_parse(argc, argv, &arguments, &err);
	if (ret > 0 && output_check(arguments.output, &err) < 0) {
		arguments_free(&arguments);
		ret = -EINVAL;
	}
	if (ret == 0)
		return EXIT_DONE;
	if (ret < 0) {
		report_usage_error(err.text);
		return EXIT_USAGE;
	}

	/* Its user does not know of this program. */
	if (arguments.reader_reports)
		report_init("lklfs");
	report_set_quiet(arguments.common.quiet);
	progress_init(arguments.common.progress_fd,
		      !arguments.common.quiet && !arguments.common.verbose);
	ret = run_fs2tar(&arguments);
	arguments_free(&arguments);
	return ret;
}
