// SPDX-License-Identifier: GPL-2.0-only
/*
 * attributes.c - sets owners, permissions, extended attributes and times.
 *
 * The order matters.  A change of owner clears set-id bits and capabilities,
 * so the owner comes first.  Some extended attributes can be set only while
 * the file is writable, so they come before the permissions.  An access
 * control list agrees with the permissions that stat() showed, so it follows
 * them.  Times are last.
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

	/* Nobody else has access to the image. */
	if (job->into_image)
		return mode;
	return S_ISDIR(st->stx_mode) ? 0700 : 0600;
}

static bool xattr_is_acl(const char *name)
{
	return !strcmp(name, XATTR_ACCESS) || !strcmp(name, XATTR_DEFAULT);
}

static enum limit xattr_limit(const char *name)
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

/* Whether --preserve includes an attribute, and which KEEP_... it is. */
static bool xattr_is_kept(const struct job *job, const char *name,
			  unsigned int *ret_keep)
{
	const struct settings *settings = job->settings;

	*ret_keep = xattr_is_acl(name) ? KEEP_MODE :
		!strcmp(name, XATTR_SELINUX) ? KEEP_CONTEXT : KEEP_XATTRS;
	if (*ret_keep == KEEP_CONTEXT && settings->label)
		return false;
	return settings->keep & *ret_keep;
}

/*
 * Whether the target has no room left.  ext4 also fails with -ENOSPC if an attribute
 * is too large for it; and it keeps one block in 50 back.
 */
static bool target_is_full(const struct job *job)
{
	struct lkl_statfs st;

	return job->to_base >= 0 && job->to->statfs(job->to_base, &st) >= 0 &&
		(uint64_t)st.f_bfree <= (uint64_t)st.f_blocks / 40 + 16;
}

static int set_xattr(struct job *job, const struct file_ref *file,
		     const char *name, const void *value, size_t len,
		     unsigned int keep)
{
	enum limit limit = xattr_limit(name);
	int ret;

	if (limits_has(&job->limits, limit)) {
		limits_attribute(job, limit, keep);
		return 0;
	}
	ret = job->to->setxattr(file, name, value, len);
	if (ret >= 0)
		return 0;
	if (limits_is_unsupported(ret)) {
		/* Only files and directories can have user attributes. */
		if (limit != LIMIT_USER || file->fd >= 0) {
			limits_attribute(job, limit, keep);
			return 0;
		}
	}
	if (ret == -ENOSPC && job->settings->stop_when_full &&
	    target_is_full(job))
		return ret;
	/* Not job_target_error(): after -ENOSPC other files may fit. */
	return job_error(job, &job->target, ret, limit == LIMIT_ACLS ?
			 "cannot set access control list" :
			 "cannot set extended attribute");
}

/* Sets either the ACLs or all other attributes. */
static int set_all_xattrs(struct job *job, const struct file_ref *file, bool acls)
{
	struct xattr xattr;
	unsigned int keep;
	size_t at = 0;
	int ret = 0;

	while (!ret && xattrs_next(&job->xattrs, &at, &xattr))
		if (xattr_is_acl(xattr.name) == acls &&
		    xattr_is_kept(job, xattr.name, &keep))
			ret = set_xattr(job, file, xattr.name, xattr.value,
					xattr.len, keep);
	return ret;
}

int attributes_set_acl(struct job *job, const struct file_ref *file,
		       const char *attribute, const void *value, size_t len)
{
	unsigned int keep;

	return xattr_is_kept(job, attribute, &keep) ?
		set_xattr(job, file, attribute, value, len, keep) : 0;
}

static int set_label(struct job *job, const struct file_ref *file)
{
	const char *label = job->settings->label;

	if (!label)
		return 0;
	/* SELinux's own tools include the zero byte. */
	return set_xattr(job, file, XATTR_SELINUX, label, strlen(label) + 1,
			 KEEP_CONTEXT);
}

/* What the new file has by itself: vfat gives directories 0755 and all to root. */
static bool stat_target(const struct job *job, const struct file_ref *file,
			struct lkl_statx *ret_st)
{
	int ret = file->fd >= 0 ? job->to->statx(file->fd, "", 0, ret_st) :
		job->to->statx(file->dir, file->name, LKL_AT_SYMLINK_NOFOLLOW,
			       ret_st);

	return ret >= 0;
}

/* An id of -1 matches any. */
static bool has_owner(const struct job *job, const struct file_ref *file,
		      uint32_t uid, uint32_t gid)
{
	struct lkl_statx st;

	return stat_target(job, file, &st) &&
		(uid == -1u || uid == st.stx_uid) &&
		(gid == -1u || gid == st.stx_gid);
}

static bool has_mode(const struct job *job, const struct file_ref *file,
		     unsigned int mode)
{
	struct lkl_statx st;

	return stat_target(job, file, &st) &&
		!((mode ^ st.stx_mode) & 07777);
}

/* *@lost: the owner could not be set, so set-id bits must not be, either. */
static int set_owner(struct job *job, const struct file_ref *file,
		     const struct lkl_statx *st, const struct target_entry *entry,
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
	if (!existing && !entry->setgid && uid == job->made_uid &&
	    gid == job->made_gid)
		return 0;
	if (limits_has(&job->limits, LIMIT_OWNERS)) {
		if (!limits_told(&job->limits, LIMIT_OWNERS) &&
		    has_owner(job, file, uid, gid))
			return 0;
		*lost = true;
		limits_attribute(job, LIMIT_OWNERS, KEEP_OWNERS);
		return 0;
	}
	ret = job->to->chown(file, uid, gid);
	if (ret >= 0)
		return 0;
	*lost = true;
	if (!limits_is_unsupported(ret) && ret != -EINVAL)
		return job_target_error(job, ret, "cannot set owner");
	/* The user may still be a member of the group. */
	if (!job->into_image && gid != -1u)
		job->to->chown(file, -1u, gid);
	/* Like cp -a: do not report what an ordinary user cannot do. */
	if (!job->into_image && geteuid() != 0 && !forced &&
	    !(job->settings->required & KEEP_OWNERS))
		return 0;
	if (job->into_image) {
		limits_attribute(job, LIMIT_OWNERS, KEEP_OWNERS);
		return 0;
	}
	return job_target_error(job, ret, "cannot set owner");
}

/* Whether the mode still differs from the wanted one. */
static bool needs_mode(const struct job *job, const struct lkl_statx *st,
		       const struct target_entry *entry, bool existing)
{
	unsigned int mode = attributes_mode(job, st);

	if (existing)
		return job->settings->keep & KEEP_MODE;
	if (mode != attributes_first_mode(job, st) || entry->acl)
		return true;
	/* chown() clears set-id bits; mkdir() may set or clear them. */
	return mode & SET_ID || (entry->setgid && S_ISDIR(st->stx_mode));
}

static int set_mode(struct job *job, const struct file_ref *file,
		    const struct lkl_statx *st, const struct target_entry *entry,
		    bool existing, bool owner_lost)
{
	unsigned int mode = attributes_mode(job, st);
	int ret;

	if (S_ISLNK(st->stx_mode))
		return 0;
	if (limits_has(&job->limits, LIMIT_MODES)) {
		if (job->settings->keep & KEEP_MODE &&
		    !limits_told(&job->limits, LIMIT_MODES) &&
		    !has_mode(job, file, mode))
			limits_attribute(job, LIMIT_MODES, KEEP_MODE);
		return 0;
	}
	if (!needs_mode(job, st, entry, existing))
		return 0;
	/* A set-id program must not run as another user than meant. */
	if (owner_lost)
		mode &= ~(unsigned int)SET_ID;
	if (entry->acl || existing) {
		/* An inherited ACL would change the permissions. */
		job->to->removexattr(file, XATTR_ACCESS);
		if (S_ISDIR(st->stx_mode))
			job->to->removexattr(file, XATTR_DEFAULT);
	}
	ret = job->to->chmod(file, mode);
	if (ret >= 0)
		return 0;
	if (limits_is_unsupported(ret)) {
		limits_attribute(job, LIMIT_MODES, KEEP_MODE);
		return 0;
	}
	return job_target_error(job, ret, "cannot set permissions");
}

static int set_both_times(struct job *job, const struct file_ref *file,
			  struct timestamp atime, struct timestamp mtime)
{
	const int64_t wanted = mtime.sec;
	const bool clamped = limits_clamp_time(job, &mtime);
	struct lkl___kernel_timespec times[2];
	int ret;

	limits_clamp_time(job, &atime);
	times[0] = (struct lkl___kernel_timespec){ atime.sec, atime.nsec };
	times[1] = (struct lkl___kernel_timespec){ mtime.sec, mtime.nsec };
	ret = job->to->utimes(file, times);
	if (ret >= 0 && clamped)
		limits_time(job, wanted);
	if (ret >= 0)
		return 0;
	/* FAT stores no times for its root directory. */
	if (limits_is_unsupported(ret)) {
		limits_attribute(job, LIMIT_TIMES, KEEP_TIMES);
		return 0;
	}
	return job_target_error(job, ret, "cannot set times");
}

static int set_times(struct job *job, const struct file_ref *file,
		     const struct lkl_statx *st)
{
	const struct mtime *wanted = &job->settings->mtime;
	bool keep = job->settings->keep & KEEP_TIMES;
	struct timestamp atime, mtime;

	if (!keep && !wanted->set)
		return 0;
	atime = timestamp_make(st->stx_atime.tv_sec, st->stx_atime.tv_nsec);
	mtime = timestamp_make(st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec);
	/* Both times follow --mtime, or the access time would be now. */
	if (wanted->set)
		atime = mtime = keep ? mtime_of(wanted, mtime) : wanted->time;
	return set_both_times(job, file, atime, mtime);
}

int attributes_clamp_times(struct job *job, const struct file_ref *file)
{
	const struct mtime *wanted = &job->settings->mtime;
	struct timestamp mtime;
	struct lkl_statx st;
	int ret;

	if (!attributes_clamps_directories(job))
		return 0;
	ret = file->fd >= 0 ? job->to->statx(file->fd, "", 0, &st) :
		job->to->statx(file->dir, file->name, 0, &st);
	if (ret < 0)
		return job_target_error(job, ret, "cannot stat");
	mtime = timestamp_make(st.stx_mtime.tv_sec, st.stx_mtime.tv_nsec);
	if (!timestamp_is_later(mtime, wanted->time))
		return 0;
	return set_both_times(job, file, wanted->time, wanted->time);
}

int attributes_apply(struct job *job, const struct file_ref *file,
		     const struct lkl_statx *st, const struct target_entry *entry,
		     bool existing)
{
	const unsigned int keep = job->settings->keep;
	bool owner_lost = false;
	int ret;

	ret = set_owner(job, file, st, entry, existing, &owner_lost);
	if (!ret && existing && keep & KEEP_XATTRS)
		xattrs_purge(&job->xattrs, job->to, file, keep & KEEP_MODE);
	if (!ret && job->xattrs.len)
		ret = set_all_xattrs(job, file, false);
	if (!ret)
		ret = set_label(job, file);
	if (!ret)
		ret = set_mode(job, file, st, entry, existing, owner_lost);
	if (!ret && job->xattrs.len)
		ret = set_all_xattrs(job, file, true);
	if (!ret)
		ret = set_times(job, file, st);
	return ret;
}

/* With none of these, no attributes are read. */
#define KEEP_ANY_XATTRS (KEEP_MODE | KEEP_CONTEXT | KEEP_XATTRS)

void attributes_enter(const struct job *job, int dir)
{
	if (job->settings->keep & KEEP_ANY_XATTRS &&
	    !job->settings->dry_run && job->from->xattrs_ahead)
		job->from->xattrs_ahead(dir);
}

int attributes_read(struct job *job, const struct file_ref *file)
{
	int ret;

	if (!(job->settings->keep & KEEP_ANY_XATTRS)) {
		xattrs_reset(&job->xattrs);
		return 0;
	}
	ret = xattrs_read(&job->xattrs, job->from, file);
	if (ret < 0)
		return job_source_error(job, ret,
					"cannot read extended attributes");
	return 0;
}
