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
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <linux/capability.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/sandbox/guardian.h"
#include "common/sandbox/sandbox.h"
#include "job.h"

/* The kernel's limits for a value and for a list. */
#define XATTR_MAX 65536

/* Set in the process that asks. */
static struct guardian *guardian;
static bool has_paths, has_xattrs;

/* ---- In the guardian ---- */

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether a directory is @base or below it.  Does not trust any path. */
static bool is_beneath(int dir, const struct stat *base)
{
	struct stat st, above;
	int at = dir, up;
	bool found = false;

	if (fstat(at, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	for (;;) {
		found = is_same_file(&st, base);
		if (found)
			break;
		up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (at != dir)
			close(at);
		at = up;
		/* The root directory is its own parent. */
		if (at < 0 || fstat(at, &above) < 0 ||
		    is_same_file(&st, &above))
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

/* @base: the destination; NULL: there is none */
static int answer(void *base, const struct guardian_question *question,
		  struct guardian_answer *ret_answer)
{
	struct host_request request = {
		.call = (enum host_call)question->kind,
		.a = question->a, .b = question->b,
	};
	const char *at = question->data, *end, *name;
	bool reads;

	if (question->kind > HOST_LISTXATTR || !question->has_fd ||
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
	reads = request.call == HOST_GETXATTR || request.call == HOST_LISTXATTR;
	if (!reads && (!base || !is_beneath(question->fd, base)))
		return -EPERM;
	return reads ? read_xattrs(&request, ret_answer) :
		change_file(&request);
}

/* ---- In the process that asks ---- */

int host_guardian_start(const char *destination, struct lkl_error *err)
{
	struct stat base;
	const struct guardian_work work = {
		.ask = answer, .opaque = destination ? &base : NULL,
	};
	int ret;

	if (destination && stat(destination, &base) < 0)
		return error_set(err, -errno, "%s: %s", destination,
				 strerror(errno));
	ret = guardian_start(&work, &guardian, err);
	if (ret < 0)
		return ret;
	has_paths = destination;
	has_xattrs = sandbox_has_capability(CAP_SYS_ADMIN);
	return 0;
}

void host_guardian_end(void)
{
	if (guardian)
		guardian_dismiss(guardian);
	guardian = NULL;
	has_paths = has_xattrs = false;
}

bool host_guardian_has_paths(void)
{
	return has_paths;
}

bool host_guardian_has_xattrs(void)
{
	return has_xattrs;
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
