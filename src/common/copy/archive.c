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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "copy.h"

#define READ_SIZE (256u << 10)

/* The file of an archive, as a source. */
struct archive_file {
	int fd;
	char *buffer;
};

struct unpack {
	struct job *job;
	struct archive *archive;
	const struct archive_source *source;
	const struct member_selection *selection;
	bool has_data;			/* anything was read */
	const struct operands *operands;
	bool has_destination;		/* job->to_base is open */
	struct parents parents;
	struct deferred_directory *deferred;
};

/* Compressions that libarchive needs no other program for. */
static const struct {
	const char *name;
	int (**support)(struct archive *archive);
} filters[] = {
	{ "gzip", &libarchive.read_support_filter_gzip },
	{ "bzip2", &libarchive.read_support_filter_bzip2 },
	{ "xz", &libarchive.read_support_filter_xz },
	{ "lzma", &libarchive.read_support_filter_lzma },
	{ "zstd", &libarchive.read_support_filter_zstd },
	{ "lz4", &libarchive.read_support_filter_lz4 },
};

const char *archive_features(char *buf, size_t size)
{
	struct archive *archive;
	unsigned int i;
	size_t len = 0;

	buf[0] = '\0';
	if (archive_library_load(NULL))
		return buf;
	archive = libarchive.read_new();
	for (i = 0; archive && i < sizeof(filters) / sizeof(*filters); i++)
		if ((*filters[i].support)(archive) == ARCHIVE_OK && len < size)
			len += (size_t)snprintf(buf + len, size - len, "%s+%s",
						len ? " " : "",
						filters[i].name);
	libarchive.read_free(archive);
	return buf;
}

static la_ssize_t archive_file_read(struct archive *archive, void *opaque,
				    const void **ret_buffer)
{
	struct archive_file *file = opaque;
	ssize_t n;

	do {
		n = read(file->fd, file->buffer, READ_SIZE);
	} while (n < 0 && errno == EINTR && !job_interrupted());
	if (n < 0)
		libarchive.set_error(archive, errno, "%s", strerror(errno));
	*ret_buffer = file->buffer;
	return n;
}

static la_ssize_t source_read(struct archive *archive, void *opaque,
			      const void **ret_buffer)
{
	struct unpack *unpack = opaque;
	la_ssize_t n = unpack->source->read(archive, unpack->source->opaque,
					    ret_buffer);

	unpack->has_data = unpack->has_data || n > 0;
	return n;
}

static int source_open(struct unpack *unpack, struct lkl_error *err)
{
	const char *path = unpack->source->path;
	unsigned int i;

	unpack->has_data = false;
	unpack->archive = libarchive.read_new();
	if (!unpack->archive)
		return error_no_memory(err);
	for (i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		(*filters[i].support)(unpack->archive);
	libarchive.read_support_format_tar(unpack->archive);
	if (libarchive.read_open(unpack->archive, unpack, NULL, source_read,
				 NULL) == ARCHIVE_OK)
		return 0;
	/* Perhaps the program that should have written it has failed. */
	if (!unpack->has_data)
		return error_set(err, -EINVAL, "%s: is empty, not a tar archive",
				 quote_name(path));
	return error_set(err, -EINVAL, "%s: not a tar archive: %s",
			 quote_name(path),
			 libarchive.error_string(unpack->archive));
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
	int made, fd, ret;

	made = create_directory(job, entry, st, &fd);
	if (fd >= 0)
		job->to->directory.close(fd);
	if (made <= 0 || job->settings->dry_run)
		return made;
	ret = deferred_add(&unpack->deferred, job, path, st,
			   made == CREATED_EXISTING);
	return ret < 0 ? ret : made;
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
		return CREATED_NEW;
	}
	dir = parents_open_parent(job, path, &name);
	ret = dir < 0 ? dir : create_link_at(job, entry, st, dir, name);
	parents_close(job, dir);
	free(path);
	/* An archive has no data to make a copy from. */
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

	if (target) {
		ret = unpack_link(unpack, entry, st, target);
		job->hard_links += ret > 0;
		return ret;
	}
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

/* A pattern that matches a directory excludes all that is in it. */
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

/* Makes @path and sets job->target to it. */
static int unpack_to(struct unpack *unpack, struct archive_entry *member,
		     char *path)
{
	struct job *job = unpack->job;
	struct target_entry entry = { .dir = -1 };
	struct lkl_statx st;
	int ret;

	if (is_excluded(&job->settings->filter, path))
		return 0;
	ret = path_push(&job->target, path);
	if (!ret) {
		member_stat(member, &st);
		ret = member_xattrs(job, member);
	}
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
	while (!ret && path && is_excluded(filter, path)) {
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
	const char *why = libarchive.error_string(unpack->archive);

	if (job_interrupted())
		return -EINTR;
	return error_set(err, -EIO, "%s: damaged or cut off: %s",
			 quote_name(unpack->source->path),
			 why ? why : "no reason given");
}

/*
 * libarchive tries to convert names to the locale's character set.  In the
 * "C" locale that fails with a warning, and libarchive returns the bytes
 * unchanged, as they should be.
 */
static bool is_name_warning(const char *warning)
{
	return warning && strstr(warning, "can't be converted");
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
			return 0;
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
		    !is_name_warning(libarchive.error_string(unpack->archive))) {
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
		ret = operands_clamp_destination(unpack->job);
	parents_free(&unpack->parents);
	free(unpack);
	return ret;
}

int archive_copy(struct job *job, const char *path, int fd,
		 const struct operands *operands, struct lkl_error *err)
{
	struct archive_file file = { .fd = fd, .buffer = malloc(READ_SIZE) };
	const struct archive_source source = {
		.path = path, .read = archive_file_read, .opaque = &file,
	};
	struct unpack *unpack = archive_unpack_begin(job, operands);
	int ret;

	ret = file.buffer && unpack ?
		archive_unpack(unpack, &source, NULL, err) :
		error_no_memory(err);
	ret = archive_unpack_end(unpack, ret);
	free(file.buffer);
	return ret;
}
