// SPDX-License-Identifier: GPL-2.0-only
/*
 * member-data.c - the contents of a file that is in an archive.
 *
 * libarchive hands out pieces of memory of its own, of any size.  They are
 * written from there, but for those of large files: these are put together in
 * the job's buffer, which direct I/O takes.  Being copied there, in the
 * processor's cache, costs less than being copied to the page cache inside.
 */
#include "member-data.h"

#include <errno.h>
#include <string.h>

#include "common/archive-library.h"
#include "common/cli/progress.h"
#include "data.h"
#include "early.h"

struct unpacking {
	struct job *job;
	int to;
	bool skip_zeroes;
	uint64_t end;			/* of what was written */

	bool gathers;
	uint64_t start;			/* of what was gathered */
	size_t gathered;		/* bytes in job->buffer */
};

/* 0, or -errno of the target. */
static int put(struct unpacking *unpacking, const char *data, size_t len,
	       uint64_t offset)
{
	struct job *job = unpacking->job;
	int ret = data_put(job, unpacking->to, data, len, offset,
			   unpacking->skip_zeroes);

	if (ret < 0)
		return ret;
	unpacking->end = offset + len;
	job->bytes += len;
	progress_update(job->bytes, job->files);
	early_note(job->early, job->bytes);
	return 0;
}

static int put_gathered(struct unpacking *unpacking)
{
	size_t len = unpacking->gathered;

	unpacking->gathered = 0;
	return !len ? 0 : put(unpacking, unpacking->job->buffer, len,
			      unpacking->start);
}

/* The buffer is written when it is full, and before a hole. */
static int gather(struct unpacking *unpacking, const char *data, size_t len,
		  uint64_t offset)
{
	size_t n;
	int ret;

	if (offset != unpacking->start + unpacking->gathered) {
		ret = put_gathered(unpacking);
		if (ret < 0)
			return ret;
	}
	while (len) {
		if (!unpacking->gathered)
			unpacking->start = offset;
		n = JOB_BUFFER - unpacking->gathered;
		if (n > len)
			n = len;
		memcpy(unpacking->job->buffer + unpacking->gathered, data, n);
		unpacking->gathered += n;
		data += n;
		len -= n;
		offset += n;
		if (unpacking->gathered == JOB_BUFFER) {
			ret = put_gathered(unpacking);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static int target_failed(struct job *job, int code, const char *what)
{
	int ret = job_target_error(job, code, what);

	return ret ? ret : DATA_INCOMPLETE;
}

int member_data(struct job *job, struct archive *archive, int to,
		const struct lkl_statx *st)
{
	struct unpacking unpacking = {
		.job = job, .to = to,
		.skip_zeroes = job->settings->holes == HOLES_ALWAYS,
		.gathers = data_go_direct(job, to, st->stx_size),
	};
	const void *data;
	la_int64_t offset;
	size_t len;
	int ret, status;

	for (;;) {
		if (job_interrupted())
			return -EINTR;
		status = libarchive.read_data_block(archive, &data, &len,
						   &offset);
		if (status == ARCHIVE_EOF)
			break;
		if (status == ARCHIVE_RETRY)
			continue;
		if (status < ARCHIVE_WARN || offset < 0) {
			if (job_interrupted())
				return -EINTR;
			ret = job_source_error(job, -EIO,
					"the archive ends or is damaged in it");
			return ret ? ret : DATA_INCOMPLETE;
		}
		ret = unpacking.gathers ?
			gather(&unpacking, data, len, (uint64_t)offset) :
			put(&unpacking, data, len, (uint64_t)offset);
		if (ret < 0)
			return target_failed(job, ret, "cannot write");
	}
	ret = put_gathered(&unpacking);
	if (ret < 0)
		return target_failed(job, ret, "cannot write");
	if (unpacking.end < st->stx_size || unpacking.skip_zeroes) {
		ret = job->to->truncate(to, st->stx_size);
		if (ret < 0)
			return target_failed(job, ret, "cannot set its size");
	}
	return 0;
}
