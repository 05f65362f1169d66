// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive.c - a tar archive as the source of a copy.
 *
 * A stream is read once, so that nothing can be looked up in it: hard links
 * are to what is in the destination by then, and directories get their
 * attributes at the end, when nothing more comes into them.
 *
 * Names are below the destination, whatever they say.  A symbolic link on the
 * way, which may come from the archive itself, leads to what is below the
 * destination as if that were the root directory.
 */
#include "archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../error.h"
#include "../progress.h"
#include "../quote.h"
#include "../report.h"
#include "data.h"
#include "early.h"
#include "make.h"
#include "member.h"
#include "stream.h"

/* A directory whose attributes are to be set. */
struct pending {
	struct pending *next;		/* the one before it */
	char *path;
	struct lkl_statx st;
	struct xattrs xattrs;
	bool existing;
};

struct unpack {
	struct job *job;
	struct archive *archive;
	/* The last directory that something was put into. */
	char *parent_path;
	int parent;
	struct pending *pending;
};

/* ---- Where to ---- */

static void forget_parent(struct unpack *unpack)
{
	if (unpack->parent_path && unpack->parent != unpack->job->to_base)
		unpack->job->to->directory.close(unpack->parent);
	free(unpack->parent_path);
	unpack->parent_path = NULL;
}

static int open_in_root(const struct job *job, const char *path)
{
	const int flags = LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_CLOEXEC;
	int fd;

	fd = job->to->open_path(job->to_base, path, flags,
				LKL_RESOLVE_IN_ROOT |
				LKL_RESOLVE_NO_MAGICLINKS);
	/* Longer than the kernel takes: in pieces, which know no root. */
	if (fd == -ENAMETOOLONG)
		fd = make_open_below(job->to, job->to_base, path, flags);
	return fd;
}

/* Directories that the archive does not mention before what is in them. */
static int make_parents(const struct job *job, char *path)
{
	int at = job->to_base, fd, ret = 0;
	char *slash, *name;

	for (slash = path; slash && !ret; ) {
		slash = strchr(slash, '/');
		if (slash)
			*slash = '\0';
		fd = open_in_root(job, path);
		if (fd == -ENOENT) {
			name = strrchr(path, '/');
			ret = job->to->mkdir(at, name ? name + 1 : path, 0755);
			fd = ret < 0 ? ret : open_in_root(job, path);
		}
		if (slash)
			*slash++ = '/';
		if (at != job->to_base)
			job->to->directory.close(at);
		if (fd < 0)
			return fd;
		at = fd;
	}
	return at;
}

/* The directory of @path, and its last name; or -errno. */
static int find_parent(struct unpack *unpack, const char *path,
		       const char **ret_name)
{
	struct job *job = unpack->job;
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	char *parent;
	int fd;

	*ret_name = slash ? slash + 1 : path;
	if (unpack->parent_path && strlen(unpack->parent_path) == len &&
	    !memcmp(unpack->parent_path, path, len))
		return unpack->parent;

	forget_parent(unpack);
	parent = strndup(path, len);
	if (!parent)
		return -ENOMEM;
	fd = len ? open_in_root(job, parent) : job->to_base;
	if (fd == -ENOENT)
		fd = make_parents(job, parent);
	if (fd < 0) {
		free(parent);
		return fd;
	}
	unpack->parent_path = parent;
	unpack->parent = fd;
	return fd;
}

/* ---- Members ---- */

/* The bytes of a regular file. */
static int unpack_data(struct unpack *unpack, int to,
		       const struct lkl_statx *st)
{
	struct job *job = unpack->job;
	bool always = job->settings->holes == HOLES_ALWAYS;
	uint64_t end = 0;
	const void *data;
	la_int64_t offset;
	size_t len;
	int ret, status;

	for (;;) {
		if (job_interrupted())
			return -EINTR;
		status = libarchive.read_data_block(unpack->archive, &data,
						    &len, &offset);
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
		ret = data_put(job, to, data, len, (uint64_t)offset, always);
		if (ret < 0) {
			ret = job_target_error(job, ret, "cannot write");
			return ret ? ret : DATA_INCOMPLETE;
		}
		end = (uint64_t)offset + len;
		job->bytes += len;
		progress_update(job->bytes, job->files);
		early_note(job->early, job->bytes);
	}
	if (end < st->stx_size || always) {
		ret = job->to->truncate(to, st->stx_size);
		if (ret < 0) {
			ret = job_target_error(job, ret, "cannot set its size");
			return ret ? ret : DATA_INCOMPLETE;
		}
	}
	return 0;
}

static int unpack_file(struct unpack *unpack, const struct spot *spot,
		       const struct lkl_statx *st)
{
	struct job *job = unpack->job;
	struct place place = { .fd = -1 };
	int made, ret;

	made = make_file(job, spot, st, &place.fd);
	if (made <= 0)
		return made;
	if (place.fd < 0) {
		job->bytes += st->stx_size;
		return made;
	}
	ret = unpack_data(unpack, place.fd, st);
	data_done(job, place.fd);
	if (!ret)
		ret = attributes_apply(job, &place, st, spot,
				       made == MADE_EXISTING);
	job->to->directory.close(place.fd);
	if (ret)
		make_undo(job, spot);
	return ret < 0 ? ret : ret ? MADE_NOTHING : made;
}

/* Its attributes come at the end. */
static int unpack_directory(struct unpack *unpack, const struct spot *spot,
			    const struct lkl_statx *st, const char *path)
{
	struct job *job = unpack->job;
	struct pending *pending;
	int made, fd;

	made = make_directory(job, spot, st, &fd);
	if (fd >= 0)
		job->to->directory.close(fd);
	if (made <= 0 || job->settings->dry_run)
		return made;
	pending = calloc(1, sizeof(*pending));
	if (pending)
		pending->path = strdup(path);
	if (!pending || !pending->path) {
		free(pending);
		return -ENOMEM;
	}
	pending->st = *st;
	pending->existing = made == MADE_EXISTING;
	/* Handed over; the next member begins with none. */
	if (job->xattrs.len) {
		pending->xattrs.records = job->xattrs.records;
		pending->xattrs.len = job->xattrs.len;
		job->xattrs.records = NULL;
		job->xattrs.len = job->xattrs.size = 0;
	}
	pending->next = unpack->pending;
	unpack->pending = pending;
	return made;
}

static int unpack_link(struct unpack *unpack, const struct spot *spot,
		       const struct lkl_statx *st, const char *target)
{
	struct job *job = unpack->job;
	const char *slash;
	char *path, *parent;
	int dir, ret;

	ret = member_path(target, &path);
	if (ret < 0)
		return ret == -ENOMEM ? ret :
			job_source_error(job, 0,
				"hard link to what is not in the destination");
	if (job->settings->dry_run) {
		free(path);
		return MADE_NEW;
	}
	slash = strrchr(path, '/');
	parent = strndup(path, slash ? (size_t)(slash - path) : 0);
	dir = !parent ? -ENOMEM : !*parent ? job->to_base :
		open_in_root(job, parent);
	free(parent);
	ret = dir < 0 ? dir :
		make_link_at(job, spot, st, dir, slash ? slash + 1 : path);
	if (dir >= 0 && dir != job->to_base)
		job->to->directory.close(dir);
	free(path);
	/* There is nothing to make a copy of. */
	if (ret < 0 && ret != -ENOMEM)
		ret = job_target_error(job, ret, "cannot create hard link");
	return ret;
}

static int unpack_by_type(struct unpack *unpack, struct archive_entry *entry,
			  const struct spot *spot, const struct lkl_statx *st,
			  const char *path)
{
	struct job *job = unpack->job;
	const char *target = libarchive.entry_hardlink(entry);
	int ret;

	if (target) {
		ret = unpack_link(unpack, spot, st, target);
		job->hard_links += ret > 0;
		return ret;
	}
	switch (st->stx_mode & S_IFMT) {
	case S_IFREG:
		ret = unpack_file(unpack, spot, st);
		job->files += ret > 0;
		return ret;
	case S_IFDIR:
		ret = unpack_directory(unpack, spot, st, path);
		job->directories += ret > 0;
		return ret;
	case S_IFLNK:
		target = libarchive.entry_symlink(entry);
		if (!target || !*target)
			return job_source_error(job, 0,
					"symbolic link that leads nowhere");
		ret = make_symlink(job, spot, st, target);
		/* Another way may lead to the same directory now. */
		forget_parent(unpack);
		break;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		ret = make_special(job, spot, st);
		break;
	default:
		return job_source_error(job, 0, "unknown file type");
	}
	job->others += ret > 0;
	return ret;
}

/* What excludes a directory excludes what is below it. */
static bool is_excluded(const struct filter *filter, char *path)
{
	bool excluded = false;
	char *slash;

	if (!filter->exclude.n)
		return false;
	for (slash = strchr(path, '/'); slash && !excluded;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		excluded = filter_excludes(filter, path);
		*slash = '/';
	}
	return excluded || filter_excludes(filter, path);
}

/* The paths of the job are in place. */
static int unpack_member(struct unpack *unpack, struct archive_entry *entry,
			 const char *name)
{
	struct job *job = unpack->job;
	struct spot spot = { .dir = -1 };
	struct lkl_statx st;
	char *path;
	int ret;

	ret = member_path(name, &path);
	if (ret == -EINVAL)
		return job_source_error(job, 0,
				"leads out of the destination by \"..\"");
	if (ret < 0)
		return ret;
	if (is_excluded(&job->settings->filter, path)) {
		free(path);
		return 0;
	}
	ret = path_push(&job->target, path);
	if (!ret) {
		member_stat(entry, &st);
		ret = member_xattrs(job, entry);
	}
	if (!ret && !job->settings->dry_run) {
		spot.dir = find_parent(unpack, path, &spot.name);
		if (spot.dir < 0)
			ret = job_target_error(job, spot.dir,
					       "cannot open its directory");
	} else {
		spot.name = path;
	}
	if (!ret && (spot.dir >= 0 || job->settings->dry_run)) {
		ret = unpack_by_type(unpack, entry, &spot, &st, path);
		if (ret > 0)
			job_done(job);
	}
	free(path);
	return ret < 0 ? ret : 0;
}

/* Those that came last first, so that no change of one is seen in another. */
static int finish_directories(struct unpack *unpack)
{
	struct job *job = unpack->job;
	struct xattrs own = job->xattrs;
	struct pending *pending;
	int ret = 0;

	while ((pending = unpack->pending)) {
		unpack->pending = pending->next;
		if (ret == 0) {
			struct place place = { .fd = -1 };
			const struct spot spot = { .name = pending->path };

			path_cut(&job->target, job->base_len);
			ret = path_push(&job->target, pending->path);
			place.fd = ret ? ret : open_in_root(job, pending->path);
			if (!ret && place.fd < 0)
				ret = job_target_error(job, place.fd,
						"cannot open directory again");
			if (place.fd >= 0) {
				job->xattrs.records = pending->xattrs.records;
				job->xattrs.len = pending->xattrs.len;
				ret = attributes_apply(job, &place,
						       &pending->st, &spot,
						       pending->existing);
				job->to->directory.close(place.fd);
			}
		}
		free(pending->xattrs.records);
		free(pending->path);
		free(pending);
	}
	/* Lists may have been allocated meanwhile. */
	own.list = job->xattrs.list;
	own.value = job->xattrs.value;
	job->xattrs = own;
	return ret;
}

/* The archive itself, rather than a member, is bad. */
static int archive_failed(struct unpack *unpack, const char *path,
			  struct lkl_error *err)
{
	const char *why = libarchive.error_string(unpack->archive);

	if (job_interrupted())
		return -EINTR;
	return error_set(err, -EIO, "%s: damaged or cut off: %s",
			 quote_name(path), why ? why : "no reason given");
}

/*
 * libarchive would convert names to the locale's character set, and compose
 * their accents.  The locale is "C", where that fails, and it hands out the
 * bytes that there are.
 */
static bool is_about_names(const char *warning)
{
	return warning && strstr(warning, "can't be converted");
}

static int unpack_all(struct unpack *unpack, const char *path,
		      struct lkl_error *err)
{
	struct job *job = unpack->job;
	struct archive_entry *entry;
	const char *name;
	int status, ret = 0;

	while (!ret) {
		ret = job_interrupted();
		if (ret)
			break;
		status = libarchive.read_next_header(unpack->archive, &entry);
		if (status == ARCHIVE_EOF)
			return 0;
		if (status == ARCHIVE_RETRY)
			continue;
		if (status < ARCHIVE_WARN)
			return archive_failed(unpack, path, err);
		name = libarchive.entry_pathname(entry);
		path_cut(&job->source, 0);
		path_cut(&job->target, job->base_len);
		ret = path_push(&job->source, name ? name : path);
		if (ret)
			break;
		/* Names that are not ASCII are taken as they are. */
		if (status == ARCHIVE_WARN &&
		    !is_about_names(libarchive.error_string(unpack->archive))) {
			ret = job_source_error(job, 0,
				libarchive.error_string(unpack->archive));
			if (ret)
				break;
		}
		if (!name)
			ret = job_source_error(job, 0,
					       "member whose name is unreadable");
		else
			ret = unpack_member(unpack, entry, name);
	}
	if (ret != -EINTR && ret != -ENOSPC)
		error_set(err, ret, "%s", lkl_strerror(ret));
	return ret;
}

int archive_copy(struct job *job, const char *path,
		 const struct operands *operands, struct lkl_error *err)
{
	struct operands as_directory = *operands;
	struct unpack unpack = { .job = job };
	struct stream *stream;
	struct destination destination;
	int ret, finished;

	as_directory.dest_is_directory = true;
	if (path_push(&job->source, "") < 0 || path_push(&job->target, "") < 0)
		return error_no_memory(err);
	ret = stream_open(path, &stream, err);
	if (ret < 0)
		return ret;
	unpack.archive = stream_archive(stream);
	ret = operands_open_destination(job, &as_directory, 1, &destination,
					err);
	if (!ret) {
		limits_find(job);
		data_begin(job);
		ret = unpack_all(&unpack, path, err);
		finished = finish_directories(&unpack);
		if (!ret)
			ret = finished;
	}
	forget_parent(&unpack);
	stream_close(stream);
	return ret;
}
