// SPDX-License-Identifier: GPL-2.0-only
/*
 * job.c - turning one mounted file system into one archive: what all parts
 * of that share.
 */
#include "job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

#include "common/image/klog.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/image/session.h"

int job_init(struct job *job, const struct settings *settings,
	     struct stream *stream)
{
	memset(job, 0, sizeof(*job));
	job->settings = settings;
	job->stream = stream;
	job->log_mark = klog_mark();
	job->kernel_errors = session_kernel_errors();
	if (attributes_init(&job->attributes) < 0)
		return -ENOMEM;
	return job_push_path(job, ".");
}

void job_free(struct job *job)
{
	free(job->path);
	free(job->directory_path);
	records_free(&job->records);
	attributes_free(&job->attributes);
	sparse_free(&job->map);
	links_free(&job->links);
}

int job_push_path(struct job *job, const char *name)
{
	size_t len = strlen(name), need = job->path_len + len + 2;
	char *path;

	/* Room for a slash before it and a zero byte behind it. */
	if (job->path_size < need) {
		path = realloc(job->path, 2 * need);
		if (!path)
			return -ENOMEM;
		job->path = path;
		job->path_size = 2 * need;
	}
	if (job->path_len)
		job->path[job->path_len++] = '/';
	memcpy(job->path + job->path_len, name, len + 1);
	job->path_len += len;
	return 0;
}

void job_pop_path(struct job *job, size_t len)
{
	job->path_len = len;
	job->path[len] = '\0';
}

/* One line about the file at hand, with what the kernel said about it. */
static void tell(struct job *job, const char *what, const char *why)
{
	char reason[384];

	job->failures++;
	job->kernel_errors = session_kernel_errors();
	if (klog_reason(&job->log_mark, reason, sizeof(reason)))
		report_error("%s: %s%s%s (kernel: %s)", quote_name(job->path),
			     what, why ? ": " : "", why ? why : "", reason);
	else
		report_error("%s: %s%s%s", quote_name(job->path), what,
			     why ? ": " : "", why ? why : "");
}

int job_file_error(struct job *job, int code, const char *what)
{
	if (code == -ENOTRECOVERABLE)
		return code;
	tell(job, what, lkl_strerror(code));
	return 0;
}

void job_check_log(struct job *job, const char *what)
{
	if (session_kernel_errors() != job->kernel_errors)
		tell(job, what, NULL);
}
