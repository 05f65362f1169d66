/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * job.h - turning one mounted file system into one archive.
 *
 * Functions that take a job return 0 or -errno, where an error is one that
 * ends the job: the output has failed, the kernel is dead, memory is out.
 * Trouble with one file is told to job_file_error() and the job goes on.
 */
#ifndef FS2TAR_JOB_H
#define FS2TAR_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/tree/directory.h"
#include "common/tree/filter.h"
#include "common/tree/links.h"
#include "common/cli/mtime.h"
#include "common/cli/owner.h"
#include "attributes.h"
#include "pax.h"
#include "sparse.h"
#include "stream.h"

/* What the user asked for. */
struct settings {
	struct filter filter;
	struct owner owner, group;
	struct mtime mtime;
	bool numeric_owner;
	enum sort_order sort;
	bool has_sort;			/* asked for by name */
};

struct job {
	const struct settings *settings;
	struct stream *stream;
	FILE *list;			/* names go here, NULL: nowhere */

	/* The path of the file at hand, as in the archive: "./etc/fstab". */
	char *path;
	size_t path_len, path_size;

	char *directory_path;		/* the same with a slash behind it */
	size_t directory_size;

	struct records records;		/* of the file at hand */
	struct attributes attributes;
	struct sparse_map map;
	struct links links;

	uint64_t capacity;		/* bytes of the file system, 0: unknown */
	uint64_t magic;			/* its kind, as statfs() has it */
	uint64_t log_mark;		/* of the kernel's log */
	unsigned int kernel_errors;	/* in it that were told of */
	uint64_t files, bytes;		/* done */
	uint64_t failures;		/* things told that are missing */
};

int job_init(struct job *job, const struct settings *settings,
	     struct stream *stream);
void job_free(struct job *job);

/*
 * job_push_path - add a name behind the path
 *
 * job_pop_path() cuts it to what its length was before.
 */
int job_push_path(struct job *job, const char *name);
void job_pop_path(struct job *job, size_t len);

/*
 * job_file_error - a file, or a part of one, does not come out
 * @code: the -errno of the failed call
 * @what: what could not be done, "cannot open"
 *
 * Returns 0, or @code if there is no point in going on.
 */
int job_file_error(struct job *job, int code, const char *what);

/*
 * job_check_log - tell of errors that the kernel put into its log alone
 * @what: what that means for the file or directory at hand
 *
 * A directory's damaged blocks are skipped by readdir without an error.
 */
void job_check_log(struct job *job, const char *what);

#endif /* FS2TAR_JOB_H */
