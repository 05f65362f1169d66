/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * job.h - the state of one run of fs2tar, and its messages.
 *
 * Functions that take a job return 0 or -errno.  An error ends the job: the
 * output has failed, the kernel is dead, memory is out.  A problem with one
 * file goes to job_file_error(), and the job goes on.
 */
#ifndef FS2TAR_JOB_H
#define FS2TAR_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/attributes/xattrs.h"
#include "common/cli/mtime.h"
#include "common/cli/owner.h"
#include "common/tree/directory.h"
#include "common/tree/filter.h"
#include "common/tree/links.h"
#include "common/tree/path.h"
#include "pax.h"
#include "sparse.h"
#include "stream.h"

/* The options. */
struct settings {
	struct filter filter;
	struct owner owner, group;
	struct mtime mtime;
	bool numeric_owner;
	enum sort_order sort;
	bool has_sort;			/* --sort was given */
	bool plain_files;		/* holes are written as zeroes */
};

struct job {
	const struct settings *settings;
	struct stream *stream;
	FILE *list;			/* for names; NULL: do not list them */

	/* The path of the file at hand, as in the archive: "./etc/fstab". */
	struct path path;
	struct path slash_path;		/* the same with a slash at the end */

	struct xattrs xattrs;		/* of the file at hand */
	struct records records;		/* likewise */
	struct sparse_map map;		/* likewise */
	struct links links;		/* files with several names */

	/* The file system of the file at hand; see job_note_filesystem(). */
	uint64_t device;
	uint64_t capacity;		/* bytes, 0: unknown */
	uint64_t magic;			/* its type, from statfs() */
	uint64_t log_mark;		/* position in the kernel's log */
	unsigned int kernel_errors;	/* in the log, reported so far */
	uint64_t files, bytes;		/* written */
	uint64_t failures;		/* errors reported */
};

int job_init(struct job *job, const struct settings *settings,
	     struct stream *stream);
void job_free(struct job *job);

/* job_note_filesystem - note size and type of the file system of an open file */
void job_note_filesystem(struct job *job, int fd, const struct lkl_statx *st);

/*
 * job_file_error - report that the file at hand, or a part of it, is missing
 * @code: the -errno of the call that failed; 0 if @what says everything
 * @what: what failed, for example "cannot open"
 *
 * Returns 0, or @code if the job cannot go on.
 */
int job_file_error(struct job *job, int code, const char *what);

/*
 * job_check_log - report errors that only the kernel's log tells of
 * @what: what they mean for the file or directory at hand
 *
 * readdir, for one, skips damaged blocks of a directory without an error.
 */
void job_check_log(struct job *job, const char *what);

#endif /* FS2TAR_JOB_H */
