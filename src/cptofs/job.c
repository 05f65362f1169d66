// SPDX-License-Identifier: GPL-2.0-only
/*
 * job.c - one copy: what all parts of it share.
 */
#include "job.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/tree/direct.h"
#include "common/image/klog.h"
#include "common/cli/parse.h"
#include "common/cli/progress.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/image/session.h"
#include "interrupt.h"

/* So many files that did not fit: the others are not tried. */
#define NO_SPACE_MAX 64

int job_init(struct job *job, const struct settings *settings,
	     const struct session *session, bool into_image)
{
	memset(job, 0, sizeof(*job));
	job->settings = settings;
	job->session = session;
	job->into_image = into_image;
	job->from = into_image ? &host_calls : &image_calls;
	job->to = into_image ? &image_calls : &host_calls;
	job->from_base = job->to_base = -1;
	if (!into_image) {
		job->made_uid = geteuid();
		job->made_gid = getegid();
	}
	job->log_mark = klog_mark();
	job->kernel_errors = session_kernel_errors();
	job->buffer = direct_alloc(JOB_BUFFER, &job->lent);
	return job->buffer ? 0 : -ENOMEM;
}

void job_free(struct job *job)
{
	if (job->from_base >= 0)
		job->from->directory.close(job->from_base);
	if (job->to_base >= 0)
		job->to->directory.close(job->to_base);
	path_free(&job->source);
	path_free(&job->target);
	xattrs_free(&job->xattrs);
	direct_free(job->buffer, JOB_BUFFER, job->lent);
	links_free(&job->links);
	visited_free(&job->visited);
	visited_free(&job->made);
}

/* One line about a file, with what the image's kernel said about it. */
static void tell(struct job *job, const struct path *path, const char *what,
		 const char *why)
{
	const char *name;
	char reason[384];
	bool has_reason;

	job->failures++;
	job->kernel_errors = session_kernel_errors();
	has_reason = klog_reason(&job->log_mark, reason, sizeof(reason));
	/* Not before that, which quotes as well. */
	name = quote_name(path->text ? path->text : "");
	if (has_reason)
		report_error("%s: %s%s%s (kernel: %s)", name, what,
			     why ? ": " : "", why ? why : "", reason);
	else
		report_error("%s: %s%s%s", name, what, why ? ": " : "",
			     why ? why : "");
}

int job_error(struct job *job, const struct path *path, int code,
	      const char *what)
{
	if (code == -ENOTRECOVERABLE || code == -ENXIO || code == -ENOMEM)
		return code;
	if (code == -EINTR && job_interrupted())
		return code;
	tell(job, path, what, code ? lkl_strerror(code) : NULL);
	return 0;
}

int job_source_error(struct job *job, int code, const char *what)
{
	return job_error(job, &job->source, code, what);
}

/* Bytes and inodes, for the one and the other may be used up. */
static void tell_how_full(const struct job *job)
{
	char used[FORMAT_SIZE_MAX], all[FORMAT_SIZE_MAX], inodes[64] = "";
	struct lkl_statfs st;

	if (job->to_base < 0 || job->to->statfs(job->to_base, &st) < 0)
		return;
	/* btrfs counts no inodes. */
	if (st.f_files)
		snprintf(inodes, sizeof(inodes), ", and %" PRIu64 " of %"
			 PRIu64 " inodes",
			 (uint64_t)(st.f_files - st.f_ffree),
			 (uint64_t)st.f_files);
	report_error("%s is full: %s of %s are used%s",
		     job->into_image ? "the image" : "the destination",
		     format_size(used, (uint64_t)(st.f_blocks - st.f_bavail) *
				 (uint64_t)st.f_bsize),
		     format_size(all, (uint64_t)st.f_blocks *
				 (uint64_t)st.f_bsize), inodes);
}

int job_target_error(struct job *job, int code, const char *what)
{
	int ret = job_error(job, &job->target, code, what);

	if (ret || (code != -ENOSPC && code != -EDQUOT))
		return ret;
	if (!job->no_space++)
		tell_how_full(job);
	if (job->no_space < NO_SPACE_MAX)
		return 0;
	report_error("%u files did not fit, the others were not tried",
		     job->no_space);
	return -ENOSPC;
}

void job_check_log(struct job *job, const char *what)
{
	if (session_kernel_errors() != job->kernel_errors)
		tell(job, job->into_image ? &job->target : &job->source, what,
		     NULL);
}

bool job_is_image(const struct job *job, const struct lkl_statx *st)
{
	const struct stat host = {
		.st_mode = st->stx_mode,
		.st_ino = st->stx_ino,
		.st_dev = makedev(st->stx_dev_major, st->stx_dev_minor),
		.st_rdev = makedev(st->stx_rdev_major, st->stx_rdev_minor),
	};

	return session_is_image(job->session, &host);
}

void job_done(struct job *job)
{
	if (job->list)
		printf("%s -> %s\n", quote_name(job->source.text),
		       quote_name(job->target.text));
	progress_update(job->bytes, job->files + job->directories +
			job->hard_links + job->others);
}

int job_interrupted(void)
{
	return interrupt_signal() ? -EINTR : 0;
}
