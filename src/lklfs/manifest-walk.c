// SPDX-License-Identifier: GPL-2.0-only
/*
 * manifest-walk.c - describes the files of an image or of a folder of the host.
 */
#include "manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/attributes/xattrs.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/copy/job.h"
#include "common/digest.h"
#include "common/image/session.h"
#include "common/tree/walk.h"

#define BUFFER_SIZE (256u << 10)

struct manifest_walk {
	struct walk walk;
	struct path path;		/* begins with the prefix */
	size_t prefix_len;
	bool contents;
	FILE *out;
	char *buffer;
	struct xattrs *xattrs;		/* NULL: not wanted */
	uint64_t failures;
};

/* Report a problem with one file.  Returns 0, or -errno if the walk cannot go on. */
static int report_file(struct manifest_walk *mw, int code, const char *what)
{
	if (session_ends(code) || (code == -EINTR && job_interrupted()))
		return code;
	mw->failures++;
	report_error("%s: %s%s%s", quote_name(mw->path.text), what,
		     code ? ": " : "", code ? lkl_strerror(code) : "");
	return 0;
}

static int read_digest(struct manifest_walk *mw, int dir, const char *name,
		       struct manifest_entry *entry)
{
	const struct file_calls *calls = mw->walk.calls;
	struct hasher hasher;
	struct digest digest;
	uint64_t at = 0;
	long n;
	int fd;

	fd = calls->open(dir, name, LKL_O_RDONLY | LKL_O_NOFOLLOW |
			 LKL_O_NONBLOCK | LKL_O_NOCTTY | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	hasher_begin(&hasher, DIGEST_SHA256);
	do {
		n = job_interrupted();
		if (!n)
			n = calls->read(fd, mw->buffer, BUFFER_SIZE, at);
		if (n > 0)
			hasher_update(&hasher, mw->buffer, (size_t)n);
		at += n > 0 ? (uint64_t)n : 0;
	} while (n > 0);
	calls->directory.close(fd);
	if (n < 0)
		return (int)n;
	hasher_finish(&hasher, &digest);
	memcpy(entry->digest, digest.bytes, sizeof(entry->digest));
	entry->has_digest = true;
	return 0;
}

static int read_target(struct manifest_walk *mw, int dir, const char *name,
		       struct manifest_entry *entry)
{
	char *target = malloc(4097);
	long n = !target ? -ENOMEM :
		mw->walk.calls->readlink(dir, name, target, 4096);

	if (n < 0) {
		free(target);
		return (int)n;
	}
	target[n] = '\0';
	entry->target = target;
	return 0;
}

static int read_xattrs(struct manifest_walk *mw, int dir, const char *name,
		       struct manifest_entry *entry)
{
	const struct file_ref file = { .fd = -1, .dir = dir, .name = name };
	int ret = xattrs_read(mw->xattrs, mw->walk.calls, &file);

	if (ret < 0)
		return ret;
	manifest_set_xattrs(entry, mw->xattrs);
	/* The host hides some attributes from users, and adds others. */
	if (mw->walk.calls == &host_calls)
		entry->has_part[PART_HOST] = false;
	return 0;
}

/* The file at hand, whose path is mw->path. */
static int describe(struct manifest_walk *mw, int dir, const char *name,
		    const struct lkl_statx *st)
{
	const char *path = mw->path.text + mw->prefix_len;
	struct manifest_entry entry = {
		.mode = st->stx_mode, .uid = st->stx_uid, .gid = st->stx_gid,
		.mtime = st->stx_mtime.tv_sec,
		.mtime_nsec = st->stx_mtime.tv_nsec,
	};
	int ret = 0;

	entry.path = (char *)path + strspn(path, "/");
	if (S_ISREG(st->stx_mode)) {
		entry.size = st->stx_size;
		if (mw->contents)
			ret = read_digest(mw, dir, name, &entry);
	} else if (S_ISLNK(st->stx_mode)) {
		ret = read_target(mw, dir, name, &entry);
	} else if (S_ISBLK(st->stx_mode) || S_ISCHR(st->stx_mode)) {
		entry.major = st->stx_rdev_major;
		entry.minor = st->stx_rdev_minor;
	}
	if (!ret && mw->xattrs)
		ret = read_xattrs(mw, dir, name, &entry);
	if (ret < 0)
		ret = report_file(mw, ret, "cannot read");
	if (!ret)
		manifest_write(mw->out, &entry);
	free(entry.target);
	if (!ret && ferror(mw->out))
		ret = -EPIPE;
	return ret ? ret : job_interrupted();
}

static int visit(struct walk *walk, int dir, const char *name)
{
	struct manifest_walk *mw = walk->opaque;
	struct lkl_statx st;
	const char *what;
	int ret, fd;

	ret = walk->calls->statx(dir, name, LKL_AT_SYMLINK_NOFOLLOW, &st);
	if (ret < 0)
		return report_file(mw, ret, "cannot stat");
	ret = describe(mw, dir, name, &st);
	if (ret || !S_ISDIR(st.stx_mode))
		return ret;
	fd = walk_open(walk, dir, name, false, &st, &what);
	if (fd < 0)
		return report_file(mw, fd == -ELOOP ? 0 : fd, what);
	return walk_enter(walk, fd, &st, NULL);
}

static int leave(struct walk *walk, struct walk_level *level)
{
	(void)walk;
	(void)level;
	return 0;
}

static int walk_error(struct walk *walk, int code, const char *what)
{
	return report_file(walk->opaque, code, what);
}

static const struct walk_events events = {
	.visit = visit, .leave = leave, .error = walk_error,
};

/* Takes @root. */
static int walk_all(struct manifest_walk *mw, int root)
{
	struct lkl_statx st;
	int ret = mw->walk.calls->statx(root, "", LKL_AT_SYMLINK_NOFOLLOW,
					&st);

	if (!ret)
		ret = describe(mw, root, ".", &st);
	if (ret < 0)
		mw->walk.calls->directory.close(root);
	else
		ret = walk_enter(&mw->walk, root, &st, NULL);
	return ret ? ret : walk_run(&mw->walk);
}

int manifest_walk(const struct file_calls *calls, int root, unsigned int what,
		  const char *prefix, FILE *out)
{
	struct xattrs buffers = { 0 };
	struct manifest_walk mw = {
		.walk = { .events = &events, .calls = calls,
			  .sort = SORT_NAME },
		.prefix_len = strlen(prefix),
		.contents = what & MANIFEST_CONTENTS,
		.xattrs = what & MANIFEST_XATTRS ? &buffers : NULL,
		.out = out,
	};
	int ret;

	mw.walk.opaque = &mw;
	mw.walk.path = &mw.path;
	mw.buffer = malloc(BUFFER_SIZE);
	ret = mw.buffer ? path_push(&mw.path, prefix) : -ENOMEM;
	if (ret < 0)
		calls->directory.close(root);
	else
		ret = walk_all(&mw, root);
	walk_free(&mw.walk);
	path_free(&mw.path);
	free(mw.buffer);
	xattrs_free(&buffers);
	if (!ret)
		manifest_end(out, mw.failures);
	return ret;
}
