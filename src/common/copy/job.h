/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * job.h - the state of one copy, into an image or out of it, and its messages.
 *
 * Functions that take a job return 0 or -errno.  An error ends the job: the
 * kernel is dead, memory is out, the user has interrupted it.  A problem with
 * one file goes to job_error(), and the job goes on.
 */
#ifndef COPY_JOB_H
#define COPY_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/attributes/xattrs.h"
#include "common/cli/mtime.h"
#include "common/tree/directory.h"
#include "common/tree/file-calls.h"
#include "common/tree/filter.h"
#include "common/tree/links.h"
#include "common/tree/path.h"
#include "common/tree/visited.h"
#include "owners.h"

extern const struct file_calls host_calls;

/* host_raise_file_limit - a deep tree keeps a directory open for each level */
void host_raise_file_limit(void);

/* The attributes of files that --preserve lists. */
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

/* A file of the host that is not copied, since it is the tool's own. */
struct own_file {
	dev_t device;
	ino_t inode;
	bool silent;			/* without a warning */
};

/* The times that a file system can store, in seconds. */
struct time_range {
	int64_t min, max;
};

/* The options. */
struct settings {
	struct filter filter;		/* has no patterns to include */
	struct owners owners;
	struct mtime mtime;
	enum sort_order sort;
	bool has_sort;			/* --sort was given */
	enum follow follow;
	enum holes holes;
	unsigned int keep;		/* KEEP_... */
	unsigned int required;		/* those of them that were named */
	const char *label;		/* security.selinux of all, or NULL */
	bool keep_existing;		/* -n */
	bool force;			/* -f */
	bool update;			/* -u */
	bool remove_existing;		/* --remove-destination */
	bool replace;			/* also a directory by a file, and
					   a file by a directory */
	bool one_file_system;		/* -x */
	bool stop_when_full;		/* with -ENOSPC, and without a message */
	bool dry_run;
	/* The files go on into a file system of this type, or NULL. */
	const char *final_type;
	struct time_range final_times;	/* of that */
	/*
	 * The calls into the image depend on the content of files alone: not
	 * on where the source has holes, nor on how much one read() gets.
	 */
	bool reproducible;
	unsigned int umask;		/* the user's */
	const struct own_file *own;	/* the caller's */
	size_t n_own;
};

/* Whether a file of the host is in settings->own. */
bool settings_is_own_file(const struct settings *settings,
			  const struct lkl_statx *st, bool *ret_silent);

/* Attributes that a file system may be unable to store. */
enum limit {
	LIMIT_OWNERS,
	LIMIT_MODES,
	LIMIT_TIMES,
	LIMIT_HARD_LINKS,
	LIMIT_SYMLINKS,
	LIMIT_SPECIALS,
	LIMIT_ACLS,
	LIMIT_USER,		/* extended attributes, by namespace */
	LIMIT_TRUSTED,
	LIMIT_SECURITY,
	LIMIT_SYSTEM,
	LIMIT_OTHER,
	LIMITS
};

/* The limits of the target's file system. */
struct limits {
	const char *type;		/* of the file system, or NULL */
	/* Finds a file by other names, too, and does not keep all names. */
	bool folds_names;
	bool no_last_space;		/* in names */
	struct time_range times;	/* both 0: not known */
	bool told_times;
	uint32_t set;			/* bits 1 << LIMIT_... */
	uint32_t told;			/* those that were reported */
	uint64_t left_out[LIMITS];	/* files that were not made */
};

struct session;
struct writeback;

struct job {
	const struct settings *settings;
	const struct session *session;
	const struct file_calls *from, *to;
	bool into_image;
	bool list;			/* print names to standard output */

	int from_base;			/* directory of all sources */
	int to_base;			/* directory of all that is made */
	int stage;			/* where to make what replaces a file of
					   to_base; -1: there */
	bool replaces;			/* the file at hand has to go there */

	/* Paths of the file at hand, for messages. */
	struct path source, target;
	size_t base_len;		/* of target: the part for to_base */
	size_t operand_len;		/* of source: patterns match the rest */

	struct xattrs xattrs;		/* of the file at hand */
	bool writes_soon;		/* see file_begin() */
	struct writeback *writeback;	/* not owned; may be NULL */
	char *buffer;			/* for data, JOB_BUFFER bytes */
	bool lent;			/* it is fit for direct I/O */
	struct links links;		/* copied files, by source inode */
	struct visited made;		/* target files of this job */
	bool up_to_date;		/* -u kept the file at hand */
	bool several;			/* operands may share a name */

	uint32_t made_uid, made_gid;	/* owners that new files have */

	struct limits limits;
	uint64_t capacity, magic;	/* of the source's; 0: unknown */

	uint64_t log_mark;		/* position in the kernel's log */
	unsigned int kernel_errors;	/* in the log, reported so far */

	uint64_t files, directories, hard_links, others, bytes;	/* copied */
	uint64_t failures;		/* errors reported */
	unsigned int no_space;		/* those of them for lack of space */
};

#define JOB_BUFFER (256u << 10)

int job_init(struct job *job, const struct settings *settings,
	     const struct session *session, bool into_image);
void job_free(struct job *job);

/*
 * job_error - report that the file at hand, or a part of it, is not copied
 * @path: the source's or the target's
 * @code: the -errno of the call that failed; 0 if @what says everything
 * @what: what failed, for example "cannot open"
 *
 * Returns 0, or @code if the job cannot go on.
 */
int job_error(struct job *job, const struct path *path, int code,
	      const char *what);

/* The same, about the file that is read or written. */
int job_source_error(struct job *job, int code, const char *what);
int job_target_error(struct job *job, int code, const char *what);

/*
 * job_check_log - report errors that only the kernel's log tells of
 * @what: what they mean for the file at hand
 */
void job_check_log(struct job *job, const char *what);

/* Whether a file of the host is the image itself. */
bool job_is_image(const struct job *job, const struct lkl_statx *st);

/* Lists the file at hand as copied, and updates the progress line. */
void job_show_copied(struct job *job);

/* Looks up the limits of the file system that job->to_base is on. */
void limits_find(struct job *job);

/* Whether the target cannot store this, as far as is known. */
static inline bool limits_has(const struct limits *limits, enum limit limit)
{
	return limits->set & 1u << limit;
}

/* Whether that was reported, so that other files do not matter. */
static inline bool limits_told(const struct limits *limits, enum limit limit)
{
	return limits->told & 1u << limit;
}

/* limits_go_on - do not report what a job before reported for other files */
void limits_go_on(struct limits *limits, const struct limits *before);

/*
 * limits_attribute - the file at hand loses an attribute
 * @keep: the KEEP_... of it: losing it is an error if the user named that
 *
 * Reported once for all files.
 */
void limits_attribute(struct job *job, enum limit limit, unsigned int keep);

/* Changes a time that the target cannot store; true if it did. */
bool limits_clamp_time(const struct job *job, struct timestamp *time);

/* The file at hand lost its time: a warning for the first one. */
void limits_time(struct job *job, int64_t wanted);

/* The file at hand cannot be stored at all.  An error, reported once. */
void limits_file(struct job *job, enum limit limit);

/*
 * limits_path - can the target's file system keep all names of a path?
 *
 * If not, reports that about the file at hand, and sets *@ret_refused.
 */
int limits_path(struct job *job, const char *path, bool *ret_refused);

/* At the end: report how many files were left out. */
void limits_summary(const struct job *job);

/* Whether @code means that the call will fail for all other files, too. */
bool limits_is_unsupported(int code);

/*
 * interrupt_init - handle SIGINT, SIGTERM and SIGHUP, unless they are ignored
 *
 * A signal lets the call under way finish.  The program then unmounts the
 * image and ends by the signal in interrupt_end(), which returns if there was
 * none.  The watchdog ends it if the kernel inside does not respond.
 */
void interrupt_init(void);
void interrupt_end(void);

/* -EINTR after a signal, else 0.  Ask this in everything that takes time. */
int job_interrupted(void);

#endif /* COPY_JOB_H */
