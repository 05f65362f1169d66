// SPDX-License-Identifier: GPL-2.0-only
/*
 * callers.c - what a request does not say of the process that it comes from.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "callers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"

enum { FIND_FILE, FIND_GROUPS };

/* ---- In the guardian ---- */

/* As the host's kernel has it in memory: this must not become a request. */
static int look_at(const char *path, struct statx *ret_st)
{
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_INO, ret_st) < 0)
		return -errno;
	return 0;
}

static int find_file(const char *mountpoint, uint64_t pid, uint64_t fd,
		     struct guardian_answer *ret_answer)
{
	struct statx file, mount;
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/fd/%" PRIu64, pid, fd);
	ret = look_at(path, &file);
	if (ret == -ENOENT)
		return -EBADF;
	if (!ret)
		ret = look_at(mountpoint, &mount);
	if (ret < 0)
		return ret;
	if (file.stx_dev_major != mount.stx_dev_major ||
	    file.stx_dev_minor != mount.stx_dev_minor)
		return -EXDEV;
	ret_answer->value = file.stx_ino;
	return 0;
}

/* The numbers in a line of it. */
static int parse_groups(const char *text, struct guardian_answer *ret_answer)
{
	size_t max = strlen(text) / 2 + 1, n = 0;
	uint32_t *groups = malloc(max * sizeof(*groups));
	unsigned long id;
	char *end;

	if (!groups)
		return -ENOMEM;
	for (; id = strtoul(text, &end, 10), end != text; text = end)
		if (n < max)
			groups[n++] = (uint32_t)id;
	ret_answer->data = groups;
	ret_answer->size = n * sizeof(*groups);
	return ret_answer->size <= GUARDIAN_DATA_MAX ? 0 : -E2BIG;
}

/* The last of four is what file systems see. */
static bool acts_as(const char *ids, uint32_t id)
{
	unsigned int real, effective, saved, fs;

	return sscanf(ids, "%u %u %u %u", &real, &effective, &saved, &fs) ==
		4 && fs == id;
}

/*
 * By then another process may have that number: it has to be somebody who
 * could have asked.
 */
static int find_groups(uint64_t pid, uint32_t uid, uint32_t gid,
		       struct guardian_answer *ret_answer)
{
	cleanup_free char *line = NULL;
	bool same_uid = false, same_gid = false;
	char path[64];
	size_t size = 0;
	FILE *file;
	int ret = -EACCES;

	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/status", pid);
	file = fopen(path, "re");
	if (!file)
		return -EACCES;
	while (getline(&line, &size, file) > 0) {
		if (!strncmp(line, "Uid:", 4))
			same_uid = acts_as(line + 4, uid);
		else if (!strncmp(line, "Gid:", 4))
			same_gid = acts_as(line + 4, gid);
		else if (!strncmp(line, "Groups:", 7) && same_uid && same_gid)
			ret = parse_groups(line + 7, ret_answer);
	}
	fclose(file);
	return ret;
}

int callers_answer(void *mountpoint, const struct guardian_question *question,
		   struct guardian_answer *ret_answer)
{
	switch (question->kind) {
	case FIND_FILE:
		return find_file(mountpoint, question->a, question->b,
				 ret_answer);
	case FIND_GROUPS:
		return find_groups(question->a, (uint32_t)(question->b >> 32),
				   (uint32_t)question->b, ret_answer);
	}
	return -EINVAL;
}

/* ---- In the daemon ---- */

/* Who is asked, NULL: nobody any more. */
static struct guardian *asked;
static pthread_mutex_t asked_lock = PTHREAD_MUTEX_INITIALIZER;

void callers_begin(struct guardian *guardian)
{
	pthread_mutex_lock(&asked_lock);
	asked = guardian;
	pthread_mutex_unlock(&asked_lock);
}

void callers_end(void)
{
	callers_begin(NULL);
}

static int ask(pid_t pid, uint64_t kind, uint64_t b,
	       struct guardian_answer *ret_answer)
{
	const struct guardian_question question = {
		.kind = kind, .a = (uint64_t)pid, .b = b,
	};
	int ret = -ENXIO;

	/* No number: a process that is in another namespace. */
	if (pid <= 0)
		return -EACCES;
	pthread_mutex_lock(&asked_lock);
	if (asked)
		ret = guardian_ask(asked, &question, ret_answer);
	pthread_mutex_unlock(&asked_lock);
	return ret;
}

int callers_find_file(pid_t pid, int64_t fd, uint64_t *ret_inode)
{
	struct guardian_answer answer;
	int ret;

	if (fd < 0 || fd > INT_MAX)
		return -EBADF;
	ret = ask(pid, FIND_FILE, (uint64_t)fd, &answer);
	if (ret < 0)
		return ret;
	free(answer.data);
	*ret_inode = answer.value;
	return 0;
}

int callers_groups(pid_t pid, uint32_t uid, uint32_t gid,
		   uint32_t **ret_groups, size_t *ret_n)
{
	struct guardian_answer answer;
	int ret;

	ret = ask(pid, FIND_GROUPS, (uint64_t)uid << 32 | gid, &answer);
	if (ret < 0)
		return ret;
	*ret_groups = answer.data;
	*ret_n = (size_t)answer.size / sizeof(**ret_groups);
	return 0;
}
