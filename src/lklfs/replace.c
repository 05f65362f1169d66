// SPDX-License-Identifier: GPL-2.0-only
/*
 * replace.c - replaces the contents of a file of the image at once.
 */
#include "replace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/attributes/adopt.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "print.h"

/* As many as the kernel follows. */
#define LINKS_MAX 40

/* "/etc/alternatives/x", "y": "/etc/alternatives/y" */
static char *join_target(const char *path, char *target)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;
	char *joined;

	if (*target == '/')
		return target;
	joined = malloc(len + strlen(target) + 1);
	if (joined) {
		memcpy(joined, path, len);
		strcpy(joined + len, target);
	}
	free(target);
	return joined;
}

/* Follows links until there is a file, or nothing, of that name. */
static int follow_links(const char *path, char **ret_path,
			struct lkl_statx *ret_st)
{
	char *at = strdup(path), *target;
	unsigned int i;
	int ret = 0;

	for (i = 0; at && i < LINKS_MAX; i++) {
		ret = stat_file(LKL_AT_FDCWD, at, false, ret_st);
		if (ret < 0 || !S_ISLNK(ret_st->stx_mode)) {
			*ret_path = at;
			return ret;
		}
		ret = read_link(LKL_AT_FDCWD, at, &target);
		if (ret < 0)
			break;
		target = join_target(at, target);
		free(at);
		at = target;
	}
	free(at);
	if (ret < 0)
		return ret;
	return at ? -ELOOP : -ENOMEM;
}

static int make_temporary(struct replacement *replacement)
{
	size_t size = strlen(replacement->path) + 32;
	unsigned int i;
	int fd = -EEXIST;

	replacement->temporary = malloc(size);
	if (!replacement->temporary)
		return -ENOMEM;
	for (i = 0; fd == -EEXIST && i < 1000; i++) {
		snprintf(replacement->temporary, size, "%s.new%u",
			 replacement->path, i);
		fd = (int)lkl_sys_openat(LKL_AT_FDCWD, replacement->temporary,
					 LKL_O_RDWR | LKL_O_CREAT |
					 LKL_O_EXCL | LKL_O_NOFOLLOW |
					 LKL_O_CLOEXEC, 0600);
	}
	return fd;
}

static void free_replacement(struct replacement *replacement)
{
	free(replacement->path);
	free(replacement->temporary);
}

int replacement_begin(const char *path, struct replacement *ret_replacement,
		      struct lkl_error *err)
{
	struct replacement replacement = { .fd = -1, .mode = 0644 };
	bool is_special = false;
	int ret = *path ? follow_links(path, &replacement.path,
				       &replacement.st) : -ENOENT;

	replacement.exists = !ret;
	if (!ret && !S_ISREG(replacement.st.stx_mode)) {
		is_special = !S_ISDIR(replacement.st.stx_mode);
		ret = is_special ? -EINVAL : -EISDIR;
	}
	if (!ret)
		replacement.mode = replacement.st.stx_mode & 07777u;
	if (!ret || (ret == -ENOENT && replacement.path)) {
		ret = make_temporary(&replacement);
		replacement.fd = ret;
	}
	if (ret < 0) {
		free_replacement(&replacement);
		return is_special ?
			error_set(err, ret, "%s: not a regular file",
				  quote_operand(path)) :
			error_set(err, ret, "%s: cannot write: %s",
				  quote_operand(path), lkl_strerror(ret));
	}
	*ret_replacement = replacement;
	return 0;
}

int replacement_write(struct replacement *replacement, const void *data,
		      size_t len, struct lkl_error *err)
{
	const char *at = data;
	long n;

	while (len) {
		n = lkl_sys_pwrite64((unsigned int)replacement->fd, at, len,
				     (lkl_loff_t)replacement->size);
		if (n < 0)
			return error_set(err, (int)n, "cannot write: %s",
					 lkl_strerror(n));
		replacement->size += (uint64_t)n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int set_attributes(const struct replacement *replacement)
{
	bool same_mode = replacement->exists &&
		replacement->mode == (replacement->st.stx_mode & 07777u);
	int ret = replacement->exists ?
		attributes_adopt(replacement->path, &replacement->st,
				 replacement->fd) : 0;

	if (ret < 0 || same_mode)
		return ret;
	ret = (int)lkl_sys_fchmod((unsigned int)replacement->fd,
				  (lkl_umode_t)replacement->mode);
	/* vfat has few permissions: a refusal is no loss there. */
	return ret == -EPERM ? 0 : ret;
}

int replacement_complete(struct replacement *replacement,
			 struct lkl_error *err)
{
	int ret = set_attributes(replacement);

	/* The contents first, so that the name never leads to less. */
	if (!ret)
		ret = (int)lkl_sys_fsync((unsigned int)replacement->fd);
	if (!ret)
		ret = (int)lkl_sys_renameat2(LKL_AT_FDCWD,
					     replacement->temporary,
					     LKL_AT_FDCWD, replacement->path,
					     0);
	if (ret < 0) {
		error_set(err, ret, "%s: cannot write: %s",
			  quote_name(replacement->path), lkl_strerror(ret));
		replacement_discard(replacement);
		return ret;
	}
	lkl_sys_close((unsigned int)replacement->fd);
	free_replacement(replacement);
	return 0;
}

void replacement_discard(struct replacement *replacement)
{
	lkl_sys_close((unsigned int)replacement->fd);
	lkl_sys_unlinkat(LKL_AT_FDCWD, replacement->temporary, 0);
	free_replacement(replacement);
}
