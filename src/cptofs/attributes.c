// SPDX-License-Identifier: GPL-2.0-only
/*
 * attributes.c - owners, permissions, extended attributes and times of a
 * file that was made.
 *
 * The order matters.  A change of owner takes away set-id bits and
 * capabilities, so it comes first; some attributes can be set only while the
 * file is writable, so permissions come behind them; an access control list
 * is consistent with the permissions that stat() showed, so it follows them.
 */
#include "attributes.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SET_ID (S_ISUID | S_ISGID)

unsigned int attributes_mode(const struct job *job,
			     const struct lkl_statx *st)
{
	if (job->settings->keep & KEEP_MODE)
		return st->stx_mode & 07777;
	return st->stx_mode & 0777 & ~job->settings->umask;
}

unsigned int attributes_first_mode(const struct job *job,
				   const struct lkl_statx *st)
{
	unsigned int mode = attributes_mode(job, st);

	/* No one else is inside of an image. */
	if (job->into_image)
		return mode;
	return S_ISDIR(st->stx_mode) ? 0700 : 0600;
}

static bool is_acl(const char *name)
{
	return !strcmp(name, XATTR_ACCESS) || !strcmp(name, XATTR_DEFAULT);
}

static enum limit limit_of(const char *name)
{
	static const struct {
		const char *prefix;
		enum limit limit;
	} table[] = {
		{ "system.posix_acl_", LIMIT_ACLS },
		{ "user.", LIMIT_USER },
		{ "trusted.", LIMIT_TRUSTED },
		{ "security.", LIMIT_SECURITY },
		{ "system.", LIMIT_SYSTEM },
	};
	unsigned int i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strncmp(name, table[i].prefix, strlen(table[i].prefix)))
			return table[i].limit;
	return LIMIT_OTHER;
}

/* Whether the user wants it, and the KEEP_... that it belongs to. */
static bool is_kept(const struct job *job, const char *name,
		    unsigned int *ret_keep)
{
	const struct settings *settings = job->settings;

	*ret_keep = is_acl(name) ? KEEP_MODE :
		!strcmp(name, XATTR_SELINUX) ? KEEP_CONTEXT : KEEP_XATTRS;
	if (*ret_keep == KEEP_CONTEXT && settings->label)
		return false;
	return settings->keep & *ret_keep;
}

static int set_one(struct job *job, const struct place *place,
		   const char *name, const void *value, size_t len,
		   unsigned int keep)
{
	enum limit limit = limit_of(name);
	int ret;

	if (limits_has(&job->limits, limit)) {
		limits_attribute(job, limit, keep);
		return 0;
	}
	ret = job->to->setxattr(place, name, value, len);
	if (ret >= 0)
		return 0;
	if (limits_is_unsupported(ret)) {
		/* user attributes are for files and directories alone. */
		if (limit != LIMIT_USER || place->fd >= 0) {
			limits_attribute(job, limit, keep);
			return 0;
		}
	}
	/* -ENOSPC: there may be room for more, but not in an inode. */
	return job_error(job, &job->target, ret, limit == LIMIT_ACLS ?
			 "cannot set access control list" :
			 "cannot set extended attribute");
}

/* Those that are ACLs, or all others. */
static int set_xattrs(struct job *job, const struct place *place, bool acls)
{
	struct xattr xattr;
	unsigned int keep;
	size_t at = 0;
	int ret = 0;

	while (!ret && xattrs_next(&job->xattrs, &at, &xattr))
		if (is_acl(xattr.name) == acls &&
		    is_kept(job, xattr.name, &keep))
			ret = set_one(job, place, xattr.name, xattr.value,
				      xattr.len, keep);
	return ret;
}

static int set_label(struct job *job, const struct place *place)
{
	const char *label = job->settings->label;

	if (!label)
		return 0;
	/* With its zero byte, as the kernel's own tools write it. */
	return set_one(job, place, XATTR_SELINUX, label, strlen(label) + 1,
		       KEEP_CONTEXT);
}

/* Sets *@lost if set-id bits must not be set. */
static int set_owner(struct job *job, const struct place *place,
		     const struct lkl_statx *st, const struct spot *spot,
		     bool existing, bool *lost)
{
	const struct owners *owners = &job->settings->owners;
	bool forced = owners->owner.has_id || owners->group.has_id;
	uint32_t uid = owners_user(owners, st->stx_uid);
	uint32_t gid = owners_group(owners, st->stx_gid);
	int ret;

	if (!(job->settings->keep & KEEP_OWNERS)) {
		uid = owners->owner.has_id ? owners->owner.id : -1u;
		gid = owners->group.has_id ? owners->group.id : -1u;
		if (!forced)
			return 0;
	}
	if (!existing && !spot->setgid && uid == job->made_uid &&
	    gid == job->made_gid)
		return 0;
	if (limits_has(&job->limits, LIMIT_OWNERS)) {
		*lost = true;
		limits_attribute(job, LIMIT_OWNERS, KEEP_OWNERS);
		return 0;
	}
	ret = job->to->chown(place, uid, gid);
	if (ret >= 0)
		return 0;
	*lost = true;
	if (!limits_is_unsupported(ret) && ret != -EINVAL)
		return job_target_error(job, ret, "cannot set owner");
	/* The group may be one of the user's all the same. */
	if (!job->into_image && gid != -1u)
		job->to->chown(place, -1u, gid);
	/* As cp -a does it: no word where no one expects it to work. */
	if (!job->into_image && geteuid() != 0 && !forced &&
	    !(job->settings->required & KEEP_OWNERS))
		return 0;
	if (job->into_image) {
		limits_attribute(job, LIMIT_OWNERS, KEEP_OWNERS);
		return 0;
	}
	return job_target_error(job, ret, "cannot set owner");
}

/* Whether the mode it was made with is not the right one yet. */
static bool needs_mode(const struct job *job, const struct lkl_statx *st,
		       const struct spot *spot, bool existing)
{
	unsigned int mode = attributes_mode(job, st);

	if (existing)
		return job->settings->keep & KEEP_MODE;
	if (mode != attributes_first_mode(job, st) || spot->acl)
		return true;
	/* chown() takes set-id bits away, mkdir() gives and takes them. */
	return mode & SET_ID || (spot->setgid && S_ISDIR(st->stx_mode));
}

static int set_mode(struct job *job, const struct place *place,
		    const struct lkl_statx *st, const struct spot *spot,
		    bool existing, bool owner_lost)
{
	unsigned int mode = attributes_mode(job, st);
	int ret;

	if (S_ISLNK(st->stx_mode))
		return 0;
	if (limits_has(&job->limits, LIMIT_MODES)) {
		if (job->settings->keep & KEEP_MODE)
			limits_attribute(job, LIMIT_MODES, KEEP_MODE);
		return 0;
	}
	if (!needs_mode(job, st, spot, existing))
		return 0;
	/* Not for someone else than it was meant for. */
	if (owner_lost)
		mode &= ~(unsigned int)SET_ID;
	if (spot->acl || existing) {
		/* What was handed down would widen or narrow it. */
		job->to->removexattr(place, XATTR_ACCESS);
		if (S_ISDIR(st->stx_mode))
			job->to->removexattr(place, XATTR_DEFAULT);
	}
	ret = job->to->chmod(place, mode);
	if (ret >= 0)
		return 0;
	if (limits_is_unsupported(ret)) {
		limits_attribute(job, LIMIT_MODES, KEEP_MODE);
		return 0;
	}
	return job_target_error(job, ret, "cannot set permissions");
}

static int put_times(struct job *job, const struct place *place,
		     struct timestamp atime, struct timestamp mtime)
{
	const struct lkl___kernel_timespec times[2] = {
		{ atime.sec, atime.nsec }, { mtime.sec, mtime.nsec },
	};
	int ret = job->to->utimes(place, times);

	if (ret >= 0)
		return 0;
	/* FAT has no times of links, and none of its root directory. */
	if (limits_is_unsupported(ret)) {
		limits_attribute(job, LIMIT_TIMES, KEEP_TIMES);
		return 0;
	}
	return job_target_error(job, ret, "cannot set times");
}

static int set_times(struct job *job, const struct place *place,
		     const struct lkl_statx *st)
{
	const struct mtime *wanted = &job->settings->mtime;
	bool keep = job->settings->keep & KEEP_TIMES;
	struct timestamp atime, mtime;

	if (!keep && !wanted->set)
		return 0;
	atime = timestamp_make(st->stx_atime.tv_sec, st->stx_atime.tv_nsec);
	mtime = timestamp_make(st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec);
	/* One time is all that there shall be; now, it would be, without. */
	if (wanted->set)
		atime = mtime = keep ? mtime_of(wanted, mtime) : wanted->time;
	return put_times(job, place, atime, mtime);
}

int attributes_touched(struct job *job, const struct place *place)
{
	const struct mtime *wanted = &job->settings->mtime;
	struct timestamp mtime;
	struct lkl_statx st;
	int ret;

	if (!attributes_needs_touched(job))
		return 0;
	ret = place->fd >= 0 ? job->to->statx(place->fd, "", 0, &st) :
		job->to->statx(place->dir, place->name, 0, &st);
	if (ret < 0)
		return job_target_error(job, ret, "cannot stat");
	mtime = timestamp_make(st.stx_mtime.tv_sec, st.stx_mtime.tv_nsec);
	if (!timestamp_is_later(mtime, wanted->time))
		return 0;
	return put_times(job, place, wanted->time, wanted->time);
}

int attributes_apply(struct job *job, const struct place *place,
		     const struct lkl_statx *st, const struct spot *spot,
		     bool existing)
{
	const unsigned int keep = job->settings->keep;
	bool owner_lost = false;
	int ret;

	ret = set_owner(job, place, st, spot, existing, &owner_lost);
	if (!ret && existing && keep & KEEP_XATTRS)
		xattrs_purge(&job->xattrs, job->to, place, keep & KEEP_MODE);
	if (!ret && job->xattrs.len)
		ret = set_xattrs(job, place, false);
	if (!ret)
		ret = set_label(job, place);
	if (!ret)
		ret = set_mode(job, place, st, spot, existing, owner_lost);
	if (!ret && job->xattrs.len)
		ret = set_xattrs(job, place, true);
	if (!ret)
		ret = set_times(job, place, st);
	return ret;
}

int attributes_read(struct job *job, const struct place *place)
{
	const unsigned int wanted = KEEP_MODE | KEEP_CONTEXT | KEEP_XATTRS;
	int ret;

	if (!(job->settings->keep & wanted)) {
		xattrs_reset(&job->xattrs);
		return 0;
	}
	ret = xattrs_read(&job->xattrs, job->from, place);
	if (ret < 0)
		return job_source_error(job, ret,
					"cannot read extended attributes");
	return 0;
}
