// SPDX-License-Identifier: GPL-2.0-only
/*
 * host-guardian.c - the calls on files of the host that the sandbox of a copy
 * refuses.
 *
 * The data of a question are the name of the file, that of the attribute, each
 * with its zero byte, and the rest.  An empty name stands for the descriptor
 * itself.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* O_PATH */
#endif
#include "host-guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <linux/capability.h>

#include "common/cleanup.h"
#include "common/descriptor-path.h"
#include "common/error.h"
#include "common/same-file.h"
#include "common/sandbox/guardian.h"
#include "common/sandbox/sandbox.h"
#include "host-hidden.h"
#include "job.h"

/* The kernel's limits for a value and for a list. */
#define XATTR_MAX 65536

/* What the guardian may change, and of which files it may read attributes. */
struct host_scope {
	bool changes;
	struct stat base;		/* the destination, if it changes one */
	bool staged;			/* the rest is for a struct staging */
	int parent_fd, stage_fd;
	const char *directory, *name;
	bool replaces;			/* an existing file of @name */
	bool has_file;
	struct stat file;		/* that one, if it is regular */
	/* Whose attributes may be read: links and their targets, in order. */
	struct stat *sources;
	size_t n;
};

/* Set in the process that asks. */
static struct guardian *guardian;
static bool has_paths, has_xattrs, has_file;
static struct stat known_file;

/* ---- In the guardian ---- */

static bool is_file(int fd, const struct stat *file)
{
	struct stat st;

	return !fstat(fd, &st) && stat_is_same_file(&st, file);
}

/* Orders files, so that bsearch() finds one among many. */
static int compare_files(const void *one, const void *other)
{
	const struct stat *a = one, *b = other;

	if (a->st_dev != b->st_dev)
		return a->st_dev < b->st_dev ? -1 : 1;
	return (a->st_ino > b->st_ino) - (a->st_ino < b->st_ino);
}

static bool is_among(const struct stat *st, const struct stat *files, size_t n)
{
	return n && bsearch(st, files, n, sizeof(*files), compare_files);
}

/*
 * Whether a directory is one of @bases, which are in order, or below one.  Does not
 * trust any path.
 */
static bool is_beneath(int dir, const struct stat *bases, size_t n)
{
	struct stat st, above;
	int at = dir, up;
	bool found = false;

	if (fstat(at, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	for (;;) {
		found = is_among(&st, bases, n);
		if (found)
			break;
		up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (at != dir)
			close(at);
		at = up;
		/* The root directory is its own parent. */
		if (at < 0 || fstat(at, &above) < 0 ||
		    stat_is_same_file(&st, &above))
			break;
		st = above;
	}
	if (at >= 0 && at != dir)
		close(at);
	return found;
}

static bool is_component(const char *name)
{
	return *name && strlen(name) <= NAME_MAX && !strchr(name, '/') &&
		strcmp(name, ".") && strcmp(name, "..");
}

/* The device of a whiteout stands for no driver. */
static bool may_make(int dir, uint64_t mode, uint64_t device)
{
	struct statvfs st;

	if (!S_ISCHR(mode) && !S_ISBLK(mode))
		return false;
	return (S_ISCHR(mode) && !device) ||
		(!fstatvfs(dir, &st) && st.f_flag & ST_NODEV);
}

static int make_node(const struct host_request *request)
{
	if (!may_make(request->file.dir, request->a, request->b))
		return -EPERM;
	return host_calls.mknod(request->file.dir, request->file.name,
				(unsigned int)request->a,
				major((dev_t)request->b),
				minor((dev_t)request->b));
}

static int change_file(const struct host_request *request)
{
	const struct file_ref *file = &request->file;
	struct lkl___kernel_timespec times[2];

	switch (request->call) {
	case HOST_MKNOD:
		return make_node(request);
	case HOST_CHOWN:
		return host_calls.chown(file, (uint32_t)request->a,
					(uint32_t)request->b);
	case HOST_CHMOD:
		return host_calls.chmod(file, (unsigned int)request->a);
	case HOST_UTIMES:
		if (request->size != sizeof(times))
			return -EINVAL;
		memcpy(times, request->data, sizeof(times));
		return host_calls.utimes(file, times);
	case HOST_SETXATTR:
		return host_calls.setxattr(file, request->name, request->data,
					   request->size);
	case HOST_REMOVEXATTR:
		return host_calls.removexattr(file, request->name);
	default:
		return -EINVAL;
	}
}

static int read_xattrs(const struct host_request *request,
		       struct guardian_answer *ret_answer)
{
	char *buf = malloc(XATTR_MAX);
	long n;

	if (!buf)
		return -ENOMEM;
	n = request->call == HOST_LISTXATTR ?
		host_calls.listxattr(&request->file, buf, XATTR_MAX) :
		host_calls.getxattr(&request->file, request->name, buf,
				    XATTR_MAX);
	if (n < 0) {
		free(buf);
		return (int)n;
	}
	ret_answer->data = buf;
	ret_answer->size = (uint64_t)n;
	return 0;
}

/* The next string of the data; NULL if there is none. */
static const char *take_string(const char **at, const char *end)
{
	const char *string = *at;
	const char *zero = memchr(string, '\0', (size_t)(end - string));

	if (zero)
		*at = zero + 1;
	return zero ? string : NULL;
}

static int move_staged(const struct host_scope *scope)
{
	if (scope->replaces)
		return renameat(scope->stage_fd, scope->name, scope->parent_fd,
				scope->name) ? -errno : 0;
	if (!renameat2(scope->stage_fd, scope->name, scope->parent_fd,
		       scope->name, RENAME_NOREPLACE))
		return 0;
	/* NFS and others cannot tell by themselves. */
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (!faccessat(scope->parent_fd, scope->name, F_OK,
		       AT_SYMLINK_NOFOLLOW))
		return -EEXIST;
	return renameat(scope->stage_fd, scope->name, scope->parent_fd,
			scope->name) ? -errno : 0;
}

/* Moves a directory that its owner may not write to. */
static int move_read_only(const struct host_scope *scope)
{
	int fd = openat(scope->stage_fd, scope->name, O_RDONLY | O_DIRECTORY |
			O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int ret;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || fchmod(fd, 0700) < 0) {
		ret = -errno;
	} else {
		ret = move_staged(scope);
		fchmod(fd, st.st_mode & 07777);
	}
	close(fd);
	return ret;
}

static int settle(const struct host_scope *scope)
{
	int ret;

	if (!scope->staged || faccessat(scope->stage_fd, scope->name, F_OK,
					AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	ret = move_staged(scope);
	return ret == -EACCES ? move_read_only(scope) : ret;
}

static void clear_staging(void *opaque)
{
	const struct host_scope *scope = opaque;

	if (!scope->staged)
		return;
	settle(scope);
	/* It stays if it is not empty. */
	unlinkat(scope->parent_fd, scope->directory, AT_REMOVEDIR);
}

static bool may_change(const struct host_scope *scope, int fd, const char *name)
{
	if (scope->has_file && !*name && is_file(fd, &scope->file))
		return true;
	return scope->changes && is_beneath(fd, &scope->base, 1);
}

static bool is_source(const struct host_scope *scope, const struct stat *st)
{
	return is_among(st, scope->sources, scope->n);
}

static bool is_beneath_source(const struct host_scope *scope, int dir)
{
	return is_beneath(dir, scope->sources, scope->n);
}

/*
 * Whether an open file that is not a directory has a name below a source.  The
 * kernel tells its name, and the inode shows that this is true.
 */
static bool is_file_beneath_source(const struct host_scope *scope, int fd,
				   const struct stat *st)
{
	char path[PATH_MAX], *slash;
	struct stat named;
	bool beneath;
	int dir;

	if (descriptor_name(fd, path) || *path != '/')
		return false;
	slash = strrchr(path, '/');
	*slash = '\0';
	dir = open(*path ? path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return false;
	beneath = !fstatat(dir, slash + 1, &named, AT_SYMLINK_NOFOLLOW) &&
		stat_is_same_file(st, &named) && is_beneath_source(scope, dir);
	close(dir);
	return beneath;
}

static bool may_read(const struct host_scope *scope, int fd, const char *name)
{
	struct stat st;

	if (may_change(scope, fd, name))
		return true;
	if (fstatat(fd, name, &st, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (is_source(scope, &st))
		return true;
	if (*name || S_ISDIR(st.st_mode))
		return is_beneath_source(scope, fd);
	return is_file_beneath_source(scope, fd, &st);
}

static int answer_request(void *opaque,
			  const struct guardian_question *question,
			  struct guardian_answer *ret_answer)
{
	const struct host_scope *scope = opaque;
	struct host_request request = {
		.call = (enum host_call)question->kind,
		.a = question->a, .b = question->b,
	};
	const char *at = question->data, *end, *name;
	bool reads;

	if (question->kind == HOST_SETTLE)
		return settle(scope);
	if (question->kind > HOST_HIDDEN_NAMES || !question->has_fd ||
	    !question->size)
		return -EINVAL;
	end = at + question->size;
	name = take_string(&at, end);
	request.name = name ? take_string(&at, end) : NULL;
	if (!request.name || (*name && !is_component(name)))
		return -EINVAL;
	request.data = at;
	request.size = (size_t)(end - at);
	request.file = (struct file_ref){
		.fd = *name ? -1 : question->fd, .dir = question->fd,
		.name = name,
	};
	reads = request.call >= HOST_GETXATTR;
	if (reads ? !may_read(scope, question->fd, name) :
	    !may_change(scope, question->fd, name))
		return -EPERM;
	if (request.call == HOST_HIDDEN_NAMES)
		return *name ? -EINVAL :
			hidden_names_list(question->fd, ret_answer);
	return reads ? read_xattrs(&request, ret_answer) :
		change_file(&request);
}

/* ---- In the process that asks ---- */

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int find_scope(const char *destination, const struct staging *staging,
		      struct host_scope *ret_scope, struct lkl_error *err)
{
	*ret_scope = (struct host_scope){
		.changes = destination, .staged = staging,
		.parent_fd = -1, .stage_fd = -1,
	};
	if (destination && stat(destination, &ret_scope->base) < 0)
		return error_set(err, -errno, "%s: %s", destination,
				 strerror(errno));
	if (!staging)
		return 0;
	ret_scope->name = staging->name;
	ret_scope->replaces = staging->replaced;
	ret_scope->has_file = staging->replaced &&
		!stat(staging->replaced, &ret_scope->file) &&
		S_ISREG(ret_scope->file.st_mode);
	ret_scope->directory = last_component(staging->directory);
	ret_scope->parent_fd = open(staging->parent,
				    O_PATH | O_DIRECTORY | O_CLOEXEC);
	ret_scope->stage_fd = open(staging->directory,
				   O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ret_scope->parent_fd < 0 || ret_scope->stage_fd < 0)
		return error_set(err, -errno, "%s: %s", staging->parent,
				 strerror(errno));
	return 0;
}

/* Files that do not exist are left out. */
static int find_sources(const char *const *sources, struct host_scope *scope,
			struct lkl_error *err)
{
	size_t n = 0;

	if (!sources)
		return 0;
	while (sources[n])
		n++;
	scope->sources = calloc(2 * n + 1, sizeof(*scope->sources));
	if (!scope->sources)
		return error_no_memory(err);
	for (; *sources; sources++) {
		if (!lstat(*sources, &scope->sources[scope->n]))
			scope->n++;
		if (!stat(*sources, &scope->sources[scope->n]))
			scope->n++;
	}
	qsort(scope->sources, scope->n, sizeof(*scope->sources),
	      compare_files);
	return 0;
}

int host_guardian_start(const char *destination, const struct staging *staging,
			const char *const *sources, struct lkl_error *err)
{
	struct host_scope scope;
	int keep[3] = { -1, -1, -1 };
	const struct guardian_work work = {
		.ask = answer_request, .clear = clear_staging, .opaque = &scope,
		.keep = keep,
	};
	int ret = find_scope(destination, staging, &scope, err);

	if (!ret)
		ret = find_sources(sources, &scope, err);
	if (!ret && staging) {
		keep[0] = scope.parent_fd;
		keep[1] = scope.stage_fd;
	}
	if (!ret)
		ret = guardian_start(&work, &guardian, err);
	/* The sandbox must not have them. */
	if (scope.parent_fd >= 0)
		close(scope.parent_fd);
	if (scope.stage_fd >= 0)
		close(scope.stage_fd);
	free(scope.sources);
	if (ret < 0)
		return ret;
	has_paths = destination;
	has_file = scope.has_file;
	known_file = scope.file;
	has_xattrs = sandbox_has_capability(CAP_SYS_ADMIN);
	return 0;
}

int host_guardian_settle(void)
{
	const struct guardian_question question = { .kind = HOST_SETTLE };
	struct guardian_answer answered = { 0 };
	int ret;

	if (!guardian)
		return 0;
	ret = guardian_ask(guardian, &question, &answered);
	if (!ret)
		free(answered.data);
	return ret;
}

void host_guardian_end(void)
{
	if (guardian)
		guardian_abandon(guardian);
	guardian = NULL;
	has_paths = has_xattrs = has_file = false;
}

bool host_guardian_has_paths(void)
{
	return has_paths;
}

bool host_guardian_has_xattrs(void)
{
	return has_xattrs;
}

bool host_guardian_knows(int fd)
{
	return has_file && is_file(fd, &known_file);
}

static char *put(char *to, const void *from, size_t len)
{
	if (len)
		memcpy(to, from, len);
	return to + len;
}

long host_guardian_call(const struct host_request *request, void *buf,
			size_t size)
{
	const struct file_ref *file = &request->file;
	const char *name = file->fd < 0 ? file->name : "";
	const char *attribute = request->name ? request->name : "";
	struct guardian_question question = {
		.kind = request->call, .a = request->a, .b = request->b,
		.size = strlen(name) + 1 + strlen(attribute) + 1 +
			request->size,
		.has_fd = true, .fd = file->fd < 0 ? file->dir : file->fd,
	};
	struct guardian_answer answered = { 0 };
	cleanup_free char *data = malloc((size_t)question.size);
	long ret;
	char *at;

	if (!data)
		return -ENOMEM;
	at = put(data, name, strlen(name) + 1);
	at = put(at, attribute, strlen(attribute) + 1);
	put(at, request->data, request->size);
	question.data = data;
	ret = guardian_ask(guardian, &question, &answered);
	if (ret < 0)
		return ret;
	if (answered.has_fd)
		close(answered.fd);
	ret = (long)answered.size;
	if (size && answered.size > size)
		ret = -ERANGE;
	else if (size)
		put(buf, answered.data, (size_t)answered.size);
	free(answered.data);
	return ret;
}
