// SPDX-License-Identifier: GPL-2.0-only
/*
 * job.c - the state of one run of cptofs or cpfromfs, and its messages.
 *
 * If the target's file system cannot store something, that is reported once,
 * with the first file that suffers.  The loss of an attribute is a warning,
 * unless the user asked for that attribute.  The loss of a file is an error.
 */
#include "job.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cli/parse.h"
#include "common/cli/progress.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/image/klog.h"
#include "common/image/session.h"
#include "common/image/watchdog.h"
#include "common/tree/direct.h"

/* After so many files that did not fit, give up. */
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
	job->from_base = job->to_base = job->stage = -1;
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
	if (job->stage >= 0)
		job->to->directory.close(job->stage);
	path_free(&job->source);
	path_free(&job->target);
	xattrs_free(&job->xattrs);
	direct_free(job->buffer, JOB_BUFFER, job->lent);
	links_free(&job->links);
	visited_free(&job->made);
}

/* One line about a file, with the reason that the image's kernel logged. */
static void report_file_error(struct job *job, const struct path *path,
			      const char *what, const char *why)
{
	const char *name;
	char reason[384];
	bool has_reason;

	job->failures++;
	job->kernel_errors = session_kernel_errors();
	has_reason = klog_reason(&job->log_mark, reason, sizeof(reason));
	/* After klog_reason(), which uses quote_name(), too. */
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
	struct lkl_error reason;

	if (session_ends(code))
		return code;
	if (code == -EINTR && job_interrupted())
		return code;
	/* So do all others; whoever knows the image has the reason. */
	if (code && job->into_image &&
	    session_host_failure(job->session, &reason))
		return -EIO;
	report_file_error(job, path, what, code ? lkl_strerror(code) : NULL);
	return 0;
}

int job_source_error(struct job *job, int code, const char *what)
{
	return job_error(job, &job->source, code, what);
}

/* Shows bytes and inodes, since either may have run out. */
static void report_free_space(const struct job *job)
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
	int ret;

	if (code == -ENOSPC && job->settings->stop_when_full)
		return code;
	ret = job_error(job, &job->target, code, what);
	if (ret || (code != -ENOSPC && code != -EDQUOT))
		return ret;
	if (!job->no_space++)
		report_free_space(job);
	if (job->no_space < NO_SPACE_MAX)
		return 0;
	report_error("%u files did not fit, the rest was not tried",
		     job->no_space);
	return -ENOSPC;
}

void job_check_log(struct job *job, const char *what)
{
	if (session_kernel_errors() != job->kernel_errors)
		report_file_error(job, job->into_image ? &job->target :
				  &job->source, what, NULL);
}

bool settings_is_own_file(const struct settings *settings,
			  const struct lkl_statx *st, bool *ret_silent)
{
	const struct own_file *own;
	size_t i;

	for (i = 0; i < settings->n_own; i++) {
		own = &settings->own[i];
		if (own->inode != st->stx_ino || own->device !=
		    makedev(st->stx_dev_major, st->stx_dev_minor))
			continue;
		*ret_silent = own->silent;
		return true;
	}
	return false;
}

bool job_is_image(const struct job *job, const struct lkl_statx *st)
{
	const struct stat host = {
		.st_mode = st->stx_mode,
		.st_ino = st->stx_ino,
		.st_dev = makedev(st->stx_dev_major, st->stx_dev_minor),
		.st_rdev = makedev(st->stx_rdev_major, st->stx_rdev_minor),
	};

	/* Within an image, no file is on the host. */
	return job->from != job->to && session_is_image(job->session, &host);
}

void job_show_copied(struct job *job)
{
	if (job->list)
		printf("%s -> %s\n", quote_name(job->source.text),
		       quote_name(job->target.text));
	progress_update(job->bytes, job->files + job->directories +
			job->hard_links + job->others);
}

#define MAGIC_EXFAT 0x2011bab0u		/* in no UAPI header */

#define BIT(limit) (1u << LIMIT_##limit)
#define NO_ATTRIBUTES (BIT(ACLS) | BIT(USER) | BIT(TRUSTED) | \
		       BIT(SECURITY) | BIT(SYSTEM) | BIT(OTHER))

/* From 1980 to 2107. */
#define FAT_TIMES	{ 315532800, 4354819199 }

static const struct {
	uint64_t magic;
	const char *type;
	struct time_range times;
	bool no_last_space;
	uint32_t set;
} known_limits[] = {
	{ LKL_MSDOS_SUPER_MAGIC, "vfat", FAT_TIMES, true,
	  BIT(OWNERS) | BIT(MODES) | BIT(HARD_LINKS) | BIT(SYMLINKS) |
	  BIT(SPECIALS) | NO_ATTRIBUTES },
	{ MAGIC_EXFAT, "exfat", FAT_TIMES, false,
	  BIT(OWNERS) | BIT(MODES) | BIT(HARD_LINKS) | BIT(SYMLINKS) |
	  BIT(SPECIALS) | NO_ATTRIBUTES },
};

static const char *const limit_names[LIMITS] = {
	[LIMIT_OWNERS] = "owners",
	[LIMIT_MODES] = "permissions",
	[LIMIT_TIMES] = "times",
	[LIMIT_HARD_LINKS] = "hard links",
	[LIMIT_SYMLINKS] = "symbolic links",
	[LIMIT_SPECIALS] = "special files",
	[LIMIT_ACLS] = "access control lists",
	[LIMIT_USER] = "attributes (user)",
	[LIMIT_TRUSTED] = "attributes (trusted)",
	[LIMIT_SECURITY] = "attributes (security)",
	[LIMIT_SYSTEM] = "attributes (system)",
	[LIMIT_OTHER] = "attributes of other namespaces",
};

void limits_find(struct job *job)
{
	struct lkl_statfs st;
	unsigned int i;

	job->limits.times = job->settings->final_times;
	if (job->to_base < 0 || job->to->statfs(job->to_base, &st) < 0)
		return;
	for (i = 0; i < sizeof(known_limits) / sizeof(*known_limits); i++) {
		if ((uint64_t)st.f_type != known_limits[i].magic)
			continue;
		job->limits.type = known_limits[i].type;
		/* As "A" for "a". */
		job->limits.folds_names = true;
		job->limits.no_last_space = known_limits[i].no_last_space;
		job->limits.times = known_limits[i].times;
		job->limits.set = known_limits[i].set;
	}
}

/* What the file system does to a name, or does not allow; NULL: it is kept. */
static const char *name_problem(const struct limits *limits, const char *name,
				size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if ((unsigned char)name[i] < ' ')
			return "allows no control characters in names";
		if (strchr("\"*:<>?\\|", name[i]))
			return "allows none of \"*:<>?\\| in names";
	}
	/* "." is the destination itself. */
	if (len > 1 && name[len - 1] == '.')
		return "drops dots at the end of names";
	if (limits->no_last_space && len && name[len - 1] == ' ')
		return "allows no space at the end of names";
	return NULL;
}

int limits_path(struct job *job, const char *path, bool *ret_refused)
{
	const char *problem = NULL, *name;
	char text[128];
	size_t len;

	*ret_refused = false;
	if (!job->limits.folds_names)
		return 0;
	for (name = path; *name && !problem; name += len + (name[len] == '/')) {
		len = strcspn(name, "/");
		problem = name_problem(&job->limits, name, len);
	}
	if (!problem)
		return 0;
	*ret_refused = true;
	snprintf(text, sizeof(text), "its name cannot be kept in %s, which %s",
		 job->limits.type, problem);
	return job_target_error(job, 0, text);
}

bool limits_is_unsupported(int code)
{
	return code == -EOPNOTSUPP || code == -EPERM || code == -ENOSYS;
}

/* Adds a limit; true if it was not reported before. */
static bool limits_note(struct limits *limits, enum limit limit)
{
	uint32_t bit = 1u << limit;
	bool first = !(limits->told & bit);

	limits->told |= bit;
	limits->set |= bit;
	return first;
}

static const char *target_description(const struct job *job)
{
	return job->limits.type ? job->limits.type :
		job->into_image ? "the image" : "the destination";
}

/* Each job counts the files that it leaves out, so it names the first. */
void limits_go_on(struct limits *limits, const struct limits *before)
{
	limits->told = before->told & ~(BIT(SYMLINKS) | BIT(SPECIALS));
	limits->told_times = before->told_times;
}

void limits_attribute(struct job *job, enum limit limit, unsigned int keep)
{
	if (!limits_note(&job->limits, limit))
		return;
	if (job->settings->required & keep) {
		job->failures++;
		report_error("%s: %s cannot be kept in %s; other files are not named",
			     quote_name(job->target.text), limit_names[limit],
			     target_description(job));
	} else {
		report_warning("%s: %s cannot be kept in %s; other files are not named",
			       quote_name(job->target.text), limit_names[limit],
			       target_description(job));
	}
}

bool limits_clamp_time(const struct job *job, struct timestamp *time)
{
	const struct time_range *range = &job->limits.times;

	if (!range->max || (time->sec >= range->min &&
			    time->sec <= range->max))
		return false;
	*time = timestamp_make(time->sec < range->min ? range->min :
			       range->max, 0);
	return true;
}

void limits_time(struct job *job, int64_t wanted)
{
	if (job->limits.told_times)
		return;
	job->limits.told_times = true;
	report_warning("%s: its time, @%" PRId64 ", cannot be kept in %s, which has times from @%"
		       PRId64 " to @%" PRId64 "; other files are not named",
		       quote_name(job->target.text), wanted,
		       job->settings->final_type ? job->settings->final_type :
		       target_description(job), job->limits.times.min,
		       job->limits.times.max);
}

void limits_file(struct job *job, enum limit limit)
{
	job->failures++;
	job->limits.left_out[limit]++;
	if (limits_note(&job->limits, limit))
		report_error("%s: %s cannot be kept in %s; others are not named",
			     quote_name(job->target.text), limit_names[limit],
			     target_description(job));
}

void limits_summary(const struct job *job)
{
	unsigned int i;

	for (i = 0; i < LIMITS; i++)
		if (job->limits.left_out[i] > 1)
			report_error("%" PRIu64 " %s were left out",
				     job->limits.left_out[i], limit_names[i]);
}

static volatile sig_atomic_t noticed_signal;

static void notice_signal(int signal)
{
	if (!noticed_signal)
		noticed_signal = signal;
	watchdog_interrupt(signal);
}

void interrupt_init(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action, old;
	unsigned int i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = notice_signal;
	/* No SA_RESTART: a signal ends a read from a pipe. */
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
}

int job_interrupted(void)
{
	return noticed_signal ? -EINTR : 0;
}

void interrupt_end(void)
{
	if (!noticed_signal)
		return;
	signal(noticed_signal, SIG_DFL);
	raise(noticed_signal);
}
