// SPDX-License-Identifier: GPL-2.0-only
/*
 * job.c - the state of one run of fs2tar, and its messages.
 */
#include "job.h"

#include <errno.h>
#include <string.h>

#include <lkl.h>

#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/image/klog.h"
#include "common/image/session.h"
#include "common/tree/device.h"

int job_init(struct job *job, const struct settings *settings,
	     struct stream *stream)
{
	memset(job, 0, sizeof(*job));
	job->settings = settings;
	job->stream = stream;
	job->log_mark = klog_mark();
	job->kernel_errors = session_kernel_errors();
	return path_push(&job->path, ".");
}

void job_free(struct job *job)
{
	path_free(&job->path);
	path_free(&job->slash_path);
	xattrs_free(&job->xattrs);
	records_free(&job->records);
	sparse_free(&job->map);
	links_free(&job->links);
}

void job_note_filesystem(struct job *job, int fd, const struct lkl_statx *st)
{
	struct lkl_statfs fs;

	if (job->magic && job->device == device_of(st))
		return;
	job->magic = job->capacity = 0;
	job->device = device_of(st);
	if (lkl_sys_fstatfs((unsigned int)fd, &fs) < 0)
		return;
	job->magic = (uint64_t)fs.f_type;
	job->capacity = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize;
}

/* One line about the file at hand, with the reason that the kernel logged. */
static void report_file_error(struct job *job, const char *what,
			      const char *why)
{
	char reason[384];

	job->failures++;
	job->kernel_errors = session_kernel_errors();
	if (klog_reason(&job->log_mark, reason, sizeof(reason)))
		report_error("%s: %s%s%s (kernel: %s)",
			     quote_name(job->path.text), what, why ? ": " : "",
			     why ? why : "", reason);
	else
		report_error("%s: %s%s%s", quote_name(job->path.text), what,
			     why ? ": " : "", why ? why : "");
}

int job_file_error(struct job *job, int code, const char *what)
{
	if (code == -ENOTRECOVERABLE)
		return code;
	report_file_error(job, what, code ? lkl_strerror(code) : NULL);
	return 0;
}

void job_check_log(struct job *job, const char *what)
{
	if (session_kernel_errors() != job->kernel_errors)
		report_file_error(job, what, NULL);
}
