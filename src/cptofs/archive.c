// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive.c - a tar archive as the source of a copy.
 *
 * A stream is read once, so that nothing can be looked up in it: hard links
 * are to what is in the destination by then, and directories get their
 * attributes at the end, when nothing more comes into them.
 */
#include "archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/cli/quote.h"
#include "data.h"
#include "make.h"
#include "member.h"
#include "member-data.h"
#include "parents.h"
#include "pending.h"
#include "stream.h"

struct unpack {
	struct job *job;
	struct archive *archive;
	struct parents parents;
	struct pending *pending;
};

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
	ret = member_data(job, unpack->archive, place.fd, st);
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
	int made, fd, ret;

	made = make_directory(job, spot, st, &fd);
	if (fd >= 0)
		job->to->directory.close(fd);
	if (made <= 0 || job->settings->dry_run)
		return made;
	ret = pending_add(&unpack->pending, job, path, st,
			  made == MADE_EXISTING);
	return ret < 0 ? ret : made;
}

static int unpack_link(struct unpack *unpack, const struct spot *spot,
		       const struct lkl_statx *st, const char *target)
{
	struct job *job = unpack->job;
	const char *name;
	char *path;
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
	dir = parents_open_parent(job, path, &name);
	ret = dir < 0 ? dir : make_link_at(job, spot, st, dir, name);
	parents_close(job, dir);
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
		parents_forget(&unpack->parents);
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
		spot.dir = parents_find(&unpack->parents, path,
					&spot.name);
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
	struct unpack unpack = {
		.job = job,
		.parents = { .job = job, .pending = &unpack.pending },
	};
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
		finished = pending_finish(&unpack.pending, job);
		if (!ret)
			ret = finished;
		if (!ret)
			ret = operands_touched(job);
	}
	parents_free(&unpack.parents);
	stream_close(stream);
	return ret;
}
