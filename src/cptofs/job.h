/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * job.h - one copy: what all parts of it share.
 *
 * Functions that take a job return 0 or -errno, where an error is one that
 * ends the job: a kernel is dead, memory is out, the user interrupts.
 * Trouble with one file is told to job_error() and the job goes on.
 */
#ifndef CP_JOB_H
#define CP_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "common/tree/directory.h"
#include "common/tree/filter.h"
#include "common/tree/links.h"
#include "common/cli/mtime.h"
#include "common/tree/path.h"
#include "common/tree/visited.h"
#include "calls.h"
#include "limits.h"
#include "owners.h"
#include "xattrs.h"

/* What of a file is kept, beside its contents: --preserve. */
#define KEEP_MODE	0x01u	/* permissions and ACLs */
#define KEEP_OWNERS	0x02u
#define KEEP_TIMES	0x04u
#define KEEP_LINKS	0x08u
#define KEEP_CONTEXT	0x10u	/* security.selinux */
#define KEEP_XATTRS	0x20u
#define KEEP_ALL	0x3fu

enum follow {
	FOLLOW_NONE,
	FOLLOW_OPERANDS,
	FOLLOW_ALL,
};

enum holes {
	HOLES_AUTO,		/* where the source has them */
	HOLES_ALWAYS,		/* and where it has zeroes */
	HOLES_NEVER,
};

/* What the user asked for. */
struct settings {
	struct filter filter;		/* exclude alone */
	struct owners owners;
	struct mtime mtime;
	enum sort_order sort;
	bool has_sort;			/* asked for by name */
	enum follow follow;
	enum holes holes;
	unsigned int keep;		/* KEEP_... */
	unsigned int required;		/* of these, asked for by name */
	const char *label;		/* security.selinux of all, or NULL */
	bool keep_existing;		/* -n */
	bool force;			/* -f */
	bool update;			/* -u */
	bool remove_existing;		/* --remove-destination */
	bool one_file_system;		/* -x */
	bool dry_run;
	unsigned int umask;		/* of the user */
};

struct session;

struct job {
	const struct settings *settings;
	const struct session *session;
	const struct calls *from, *to;
	bool into_image;
	bool list;			/* names to standard output */

	int from_base;			/* operands are below it */
	int to_base;			/* all that is made is below it */

	/* The file at hand, as messages show it. */
	struct path source, target;
	size_t base_len;		/* of target: what leads to to_base */
	size_t operand_len;		/* of source: patterns begin behind */

	struct xattrs xattrs;		/* of the file at hand */
	bool writes_soon;		/* see data_begin() */
	struct early *early;		/* not owned; NULL: none */
	char *buffer;			/* for data, JOB_BUFFER bytes */
	bool lent;			/* by the kernel, for direct I/O */
	struct links links;		/* made already, by the source's inode */
	struct visited visited;		/* directories of the source */
	struct visited made;		/* files of the target */
	bool up_to_date;		/* the last file was left for -u */
	bool several;			/* sources: the same name may come twice */

	/* What files belong to when they have just been made. */
	uint32_t made_uid, made_gid;

	struct limits limits;		/* of the target's file system */
	uint64_t capacity, magic;	/* of the source's, 0: unknown */

	uint64_t log_mark;		/* of the kernel's log */
	unsigned int kernel_errors;	/* in it that were told of */

	uint64_t files, directories, hard_links, others, bytes;	/* done */
	uint64_t failures;		/* things told that are missing */
	unsigned int no_space;		/* of these, for want of room */
};

#define JOB_BUFFER (256u << 10)

int job_init(struct job *job, const struct settings *settings,
	     const struct session *session, bool into_image);
void job_free(struct job *job);

/*
 * job_error - the file at hand, or a part of it, is not copied
 * @path: the source's or the target's
 * @code: the -errno of the failed call; 0: the sentence says it all
 * @what: what could not be done, "cannot open"
 *
 * Returns 0, or @code if there is no point in going on.
 */
int job_error(struct job *job, const struct path *path, int code,
	      const char *what);

/* The same for the file in the image or host that is read, or written. */
int job_source_error(struct job *job, int code, const char *what);
int job_target_error(struct job *job, int code, const char *what);

/*
 * job_check_log - tell of errors that the image's kernel logged alone
 * @what: what that means for the file at hand
 */
void job_check_log(struct job *job, const char *what);

/* Whether a file of the host is the one that the image is in. */
bool job_is_image(const struct job *job, const struct lkl_statx *st);

/* Show that the file at hand is copied, and the progress. */
void job_done(struct job *job);

/*
 * job_interrupted - -EINTR once the user wants an end, otherwise 0
 *
 * To be asked where time goes by.
 */
int job_interrupted(void);

#endif /* CP_JOB_H */
