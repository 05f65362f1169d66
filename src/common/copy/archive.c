// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive.c - unpacks a tar archive into the destination.
 *
 * An archive is read once, from start to end.  So hard links refer to files
 * that are in the destination by then, and directories get their attributes
 * at the end, when nothing more is made in them.
 */
#include "archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "common/tree/device.h"
#include "archive-ahead.h"
#include "copy.h"

struct unpack {
	struct job *job;
	struct archive *archive;
	struct archive_reader reader;
	const struct archive_source *source;
	const struct member_selection *selection;
	const struct operands *operands;
	bool has_destination;		/* job->to_base is open */
	struct parents parents;
	struct deferred_directory *deferred;
	struct named_acls acls;
};

static int source_open(struct unpack *unpack, struct lkl_error *err)
{
	const struct archive_source *source = unpack->source;

	unpack->reader = (struct archive_reader){
		.read = source->read, .opaque = source->opaque,
		.decompresses = source->decompresses,
	};
	return archive_start(source->path, &unpack->reader, &unpack->archive,
			     err);
}

static void source_close(struct unpack *unpack)
{
	if (unpack->archive)
		libarchive.read_free(unpack->archive);
	unpack->archive = NULL;
}

static int unpack_file(struct unpack *unpack, const struct target_entry *entry,
		       const struct lkl_statx *st)
{
	struct job *job = unpack->job;
	struct file_ref file = {
		.fd = -1, .dir = entry->dir, .name = entry->name,
	};
	int made, ret;

	made = create_file(job, entry, st, &file.fd);
	if (made <= 0)
		return made;
	if (file.fd < 0) {
		job->bytes += st->stx_size;
		return made;
	}
	ret = member_data(job, unpack->archive, file.fd, st);
	file_written(job, file.fd);
	if (!ret)
		ret = attributes_apply(job, &file, st, entry,
				       made == CREATED_EXISTING);
	job->to->directory.close(file.fd);
	if (ret)
		create_undo(job, entry);
	return ret < 0 ? ret : ret ? CREATED_NOTHING : made;
}

/* deferred_finish() sets its attributes. */
static int unpack_directory(struct unpack *unpack,
			    const struct target_entry *entry,
			    const struct lkl_statx *st, const char *path)
{
	struct job *job = unpack->job;
	struct lkl_statx directory;
	int made, fd, ret = 0;

	made = create_directory(job, entry, st, &fd);
	if (fd >= 0) {
		ret = job->to->statx(fd, "", 0, &directory);
		job->to->directory.close(fd);
	}
	if (made <= 0 || job->settings->dry_run)
		return made;
	if (ret < 0)
		return job_target_error(job, ret, "cannot stat");
	ret = deferred_add(&unpack->deferred, job, path, &directory, st,
			   made == CREATED_EXISTING);
	return ret < 0 ? ret : made;
}

/* Copies the data of a file of the target, in which @from is open. */
static int copy_again(struct job *job, int from, int to, uint64_t *ret_size)
{
	uint64_t at = 0;
	long n;
	int ret = 0;

	for (;;) {
		ret = job_interrupted();
		n = ret ? ret : job->to->read(from, job->buffer, JOB_BUFFER, at);
		if (n == -EINTR && !ret)
			continue;
		if (n <= 0)
			break;
		ret = file_write(job, to, job->buffer, (size_t)n, at, false);
		if (ret)
			break;
		at += (uint64_t)n;
	}
	*ret_size = at;
	return ret ? ret : (int)n;
}

/*
 * Instead of a hard link, which the target cannot have, a copy of the file @name
 * in @dir.
 */
static int unpack_copy(struct unpack *unpack, const struct target_entry *entry,
		       const struct lkl_statx *member, int dir,
		       const char *name)
{
	struct job *job = unpack->job;
	struct file_ref file = {
		.fd = -1, .dir = entry->dir, .name = entry->name,
	};
	struct lkl_statx st, old;
	uint64_t size;
	int from, made, ret;

	from = job->to->open(dir, name, LKL_O_RDONLY | LKL_O_NOFOLLOW |
			     LKL_O_NONBLOCK | LKL_O_CLOEXEC, 0);
	ret = from < 0 ? from : job->to->statx(from, "", 0, &old);
	if (ret >= 0 && !S_ISREG(old.stx_mode))
		ret = -EMLINK;
	/* A link to itself must not be emptied first. */
	if (ret >= 0 && job->to->statx(entry->dir, entry->name,
				       LKL_AT_SYMLINK_NOFOLLOW, &st) >= 0 &&
	    st.stx_ino == old.stx_ino && device_of(&st) == device_of(&old)) {
		job->to->directory.close(from);
		return CREATED_NEW;
	}
	if (ret < 0) {
		if (from >= 0)
			job->to->directory.close(from);
		return ret;
	}
	st = *member;
	st.stx_mode = (st.stx_mode & ~S_IFMT) | S_IFREG;
	st.stx_size = old.stx_size;
	made = create_file(job, entry, &st, &file.fd);
	if (made <= 0 || file.fd < 0) {
		job->to->directory.close(from);
		return made;
	}
	ret = copy_again(job, from, file.fd, &size);
	job->to->directory.close(from);
	file_written(job, file.fd);
	job->bytes += size;
	if (ret < 0 && ret != -EINTR) {
		ret = job_target_error(job, ret, "cannot copy its first name");
		if (!ret)
			ret = DATA_INCOMPLETE;
	}
	if (!ret)
		ret = attributes_apply(job, &file, &st, entry,
				       made == CREATED_EXISTING);
	job->to->directory.close(file.fd);
	if (ret)
		create_undo(job, entry);
	else
		job->files++;
	return ret < 0 ? ret : ret ? CREATED_NOTHING : made;
}

static int unpack_link(struct unpack *unpack, const struct target_entry *entry,
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
				"hard link to a file outside of the destination");
	if (job->settings->dry_run) {
		free(path);
		job->hard_links++;
		return CREATED_NEW;
	}
	dir = parents_open_parent(job, path, &name);
	ret = dir < 0 ? dir : create_link_at(job, entry, st, dir, name);
	job->hard_links += ret > 0;
	/* The data come from the target: an archive is read only once. */
	if (ret == -EMLINK)
		ret = unpack_copy(unpack, entry, st, dir, name);
	parents_close(job, dir);
	free(path);
	if (ret < 0 && ret != -ENOMEM)
		ret = job_target_error(job, ret, "cannot create hard link");
	return ret;
}

static int unpack_by_type(struct unpack *unpack, struct archive_entry *member,
			  const struct target_entry *entry,
			  const struct lkl_statx *st, const char *path)
{
	struct job *job = unpack->job;
	const char *target = libarchive.entry_hardlink(member);
	int ret;

	/* Replacing it would remove all that is there. */
	if (!strcmp(path, ".") && (target || !S_ISDIR(st->stx_mode)))
		return job_source_error(job, 0,
					"a file in the place of the root directory");
	if (target)
		return unpack_link(unpack, entry, st, target);
	switch (st->stx_mode & S_IFMT) {
	case S_IFREG:
		ret = unpack_file(unpack, entry, st);
		job->files += ret > 0;
		return ret;
	case S_IFDIR:
		ret = unpack_directory(unpack, entry, st, path);
		job->directories += ret > 0;
		return ret;
	case S_IFLNK:
		target = libarchive.entry_symlink(member);
		if (!target || !*target)
			return job_source_error(job, 0,
						"symbolic link without a target");
		ret = create_symlink(job, entry, st, target);
		/* The link may replace a directory on the open one's path. */
		parents_forget(&unpack->parents);
		break;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		ret = create_special(job, entry, st);
		break;
	default:
		return job_source_error(job, 0, "unknown file type");
	}
	job->others += ret > 0;
	return ret;
}

/* Makes @path and sets job->target to it. */
static int unpack_to(struct unpack *unpack, struct archive_entry *member,
		     char *path)
{
	struct job *job = unpack->job;
	struct target_entry entry = { .dir = -1 };
	struct lkl_statx st;
	bool refused = false;
	int ret;

	if (member_is_excluded(&job->settings->filter, path))
		return 0;
	ret = path_push(&job->target, path);
	/* Its directories may be missing. */
	if (!ret)
		ret = limits_path(job, path, &refused);
	if (refused)
		return ret;
	if (!ret) {
		member_stat(member, &st);
		named_acls_drop(&unpack->acls);
		ret = named_acls_note_owners(&unpack->acls, member);
	}
	if (!ret)
		ret = member_xattrs(job, &unpack->acls, member, &job->xattrs);
	if (!ret && !job->settings->dry_run) {
		entry.dir = parents_open_for_member(&unpack->parents, path,
						    &entry.name);
		if (entry.dir < 0)
			ret = job_target_error(job, entry.dir,
					       "cannot open its directory");
	} else {
		entry.name = path;
	}
	if (!ret && (entry.dir >= 0 || job->settings->dry_run)) {
		ret = unpack_by_type(unpack, member, &entry, &st, path);
		if (ret > 0)
			job_show_copied(job);
		/* A link shares the attributes of its file. */
		if (ret > 0 && entry.dir >= 0 &&
		    !libarchive.entry_hardlink(member))
			ret = named_acls_made(&unpack->acls, job, entry.dir,
					      entry.name, path);
	}
	return ret < 0 ? ret : 0;
}

/* The same, as a hard link to @target, another path. */
static int unpack_link_to(struct unpack *unpack, struct archive_entry *member,
			  const char *target, char *path)
{
	libarchive.entry_set_hardlink(member, target);
	path_cut(&unpack->job->target, unpack->job->base_len);
	return unpack_to(unpack, member, path);
}

static int unpack_selected(struct unpack *unpack, struct archive_entry *member)
{
	const struct member_selection *selection = unpack->selection;
	const struct filter *filter = &unpack->job->settings->filter;
	char *path, *link = NULL;
	int ret;

	ret = selection->path(selection->opaque, &path);
	while (!ret && path && member_is_excluded(filter, path)) {
		free(path);
		path = NULL;
		ret = selection->link(selection->opaque, &path);
	}
	if (ret || !path)
		return ret;
	ret = unpack_to(unpack, member, path);
	while (!ret) {
		ret = selection->link(selection->opaque, &link);
		if (ret || !link)
			break;
		ret = unpack_link_to(unpack, member, path, link);
		free(link);
	}
	free(path);
	return ret;
}

/* The paths of the job are in file. */
static int unpack_member(struct unpack *unpack, struct archive_entry *member,
			 const char *name)
{
	char *path;
	int ret;

	ret = member_path(name, &path);
	if (ret == -EINVAL)
		return job_source_error(unpack->job, 0,
					"leads out of the destination by \"..\"");
	if (ret < 0)
		return ret;
	ret = unpack_to(unpack, member, path);
	free(path);
	return ret;
}

/* The archive itself is damaged, not one member. */
static int report_archive_error(struct unpack *unpack, struct lkl_error *err)
{
	if (job_interrupted())
		return -EINTR;
	return error_set(err, -EIO, "%s: damaged or cut off: %s",
			 quote_name(unpack->source->path),
			 archive_reason(&unpack->reader, unpack->archive));
}

static int unpack_all(struct unpack *unpack, struct lkl_error *err)
{
	struct job *job = unpack->job;
	struct archive_entry *member;
	const char *name;
	int status, ret = 0;

	while (!ret) {
		ret = job_interrupted();
		if (ret)
			break;
		status = libarchive.read_next_header(unpack->archive, &member);
		if (status == ARCHIVE_EOF)
			return archive_check_end(unpack->source->path,
						 unpack->archive,
						 &unpack->reader, err);
		if (status == ARCHIVE_RETRY)
			continue;
		if (status < ARCHIVE_WARN)
			return report_archive_error(unpack, err);
		name = libarchive.entry_pathname(member);
		path_cut(&job->source, 0);
		path_cut(&job->target, job->base_len);
		ret = path_push(&job->source, name ? name : unpack->source->path);
		if (ret)
			break;
		/* Names that are not ASCII are fine. */
		if (status == ARCHIVE_WARN &&
		    !archive_warning_is_about_names(unpack->archive)) {
			ret = job_source_error(job, 0,
				libarchive.error_string(unpack->archive));
			if (ret)
				break;
		}
		if (unpack->selection)
			ret = unpack_selected(unpack, member);
		else if (!name)
			ret = job_source_error(job, 0,
					       "member with an unreadable name");
		else
			ret = unpack_member(unpack, member, name);
	}
	if (ret != -EINTR && ret != -ENOSPC)
		error_set(err, ret, "%s", lkl_strerror(ret));
	return ret;
}

int archive_open(const char *path, struct lkl_error *err)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) :
		STDIN_FILENO;

	if (fd < 0)
		return error_set(err, -errno, "%s: cannot open: %s",
				 quote_name(path), strerror(errno));
	return fd;
}

struct unpack *archive_unpack_begin(struct job *job,
				    const struct operands *operands)
{
	struct unpack *unpack = calloc(1, sizeof(*unpack));

	if (!unpack)
		return NULL;
	unpack->job = job;
	unpack->operands = operands;
	unpack->parents.job = job;
	unpack->parents.deferred = &unpack->deferred;
	return unpack;
}

static int open_destination(struct unpack *unpack, struct lkl_error *err)
{
	struct operands as_directory = *unpack->operands;
	struct job *job = unpack->job;
	struct destination destination;
	int ret;

	as_directory.dest_is_directory = true;
	if (path_push(&job->source, "") < 0 || path_push(&job->target, "") < 0)
		return error_no_memory(err);
	ret = operands_open_destination(job, &as_directory, 1, &destination,
					err);
	if (ret < 0)
		return ret;
	unpack->has_destination = true;
	limits_find(job);
	file_begin(job);
	return 0;
}

int archive_unpack(struct unpack *unpack, const struct archive_source *source,
		   const struct member_selection *selection,
		   struct lkl_error *err)
{
	int ret;

	unpack->source = source;
	unpack->selection = selection;
	ret = source_open(unpack, err);
	/* Not earlier: without an archive no destination is made. */
	if (!ret && !unpack->has_destination)
		ret = open_destination(unpack, err);
	if (!ret)
		ret = unpack_all(unpack, err);
	source_close(unpack);
	return ret;
}

int archive_unpack_end(struct unpack *unpack, int ret)
{
	int finished = 0;

	if (!unpack)
		return ret;
	if (unpack->has_destination)
		finished = deferred_finish(&unpack->deferred, unpack->job);
	if (!ret)
		ret = finished;
	if (!ret && unpack->has_destination)
		ret = named_acls_finish(&unpack->acls, unpack->job);
	named_acls_free(&unpack->acls);
	if (!ret && unpack->has_destination)
		ret = operands_clamp_destination(unpack->job);
	parents_free(&unpack->parents);
	free(unpack);
	return ret;
}

/* Of a member or of the archive: the file has failed, or it is damaged. */
static int file_failure(const struct archive_file *file, const char *path,
			int ret, struct lkl_error *err)
{
	return ret < 0 && ret != -EINTR && file->read_failed ?
		archive_file_error(file, path, NULL, err) : ret;
}

int archive_copy_file(struct job *job, const char *path,
		      struct archive_file *file,
		      const struct operands *operands, struct lkl_error *err)
{
	struct archive_ahead *ahead = archive_ahead_start(file);
	const struct archive_source source = {
		.path = path,
		.read = ahead ? archive_ahead_read : archive_file_read,
		.opaque = ahead ? (void *)ahead : file,
		.decompresses = ahead,
	};
	struct unpack *unpack = archive_unpack_begin(job, operands);
	int ret;

	ret = unpack ? archive_unpack(unpack, &source, NULL, err) :
		error_no_memory(err);
	archive_ahead_stop(ahead);
	ret = file_failure(file, path, ret, err);
	return archive_unpack_end(unpack, ret);
}

int archive_copy(struct job *job, const char *path, int fd,
		 const struct operands *operands, struct lkl_error *err)
{
	struct archive_file file = { .fd = fd };
	int ret = archive_copy_file(job, path, &file, operands, err);

	archive_file_free(&file);
	return ret;
}
