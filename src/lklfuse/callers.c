// SPDX-License-Identifier: GPL-2.0-only
/* callers.c - facts about the calling process that a request does not carry. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "callers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"

/* ---- In the guardian ---- */

/*
 * Uses cached attributes: a request would wait for the daemon, which waits
 * for the guardian.
 */
static int statx_cached(const char *path, struct statx *ret_st)
{
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_INO, ret_st) < 0)
		return -errno;
	return 0;
}

static int guardian_find_file(const char *mountpoint, uint64_t pid, uint64_t fd,
			      struct guardian_answer *ret_answer)
{
	struct statx file, mount;
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/fd/%" PRIu64, pid, fd);
	ret = statx_cached(path, &file);
	if (ret == -ENOENT)
		return -EBADF;
	if (!ret)
		ret = statx_cached(mountpoint, &mount);
	if (ret < 0)
		return ret;
	if (file.stx_dev_major != mount.stx_dev_major ||
	    file.stx_dev_minor != mount.stx_dev_minor)
		return -EXDEV;
	ret_answer->value = file.stx_ino;
	return 0;
}

/* Parse the numbers of a "Groups:" line. */
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

/* Of the four ids in a status file, the last is the one for file systems. */
static bool has_fsid(const char *ids, uint32_t id)
{
	unsigned int real, effective, saved, fs;

	return sscanf(ids, "%u %u %u %u", &real, &effective, &saved, &fs) ==
		4 && fs == id;
}

/* The status of a process or a thread; NULL if there is none. */
static FILE *open_status(uint64_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/status", pid);
	return fopen(path, "re");
}

/*
 * The thread may have ended, and another may have its number.  So its ids must
 * match those of the request.
 */
static int guardian_find_groups(uint64_t pid, uint32_t uid, uint32_t gid,
				struct guardian_answer *ret_answer)
{
	cleanup_free char *line = NULL;
	bool same_uid = false, same_gid = false;
	FILE *file = open_status(pid);
	size_t size = 0;
	int ret = -EACCES;

	if (!file)
		return -EACCES;
	while (getline(&line, &size, file) > 0) {
		if (!strncmp(line, "Uid:", 4))
			same_uid = has_fsid(line + 4, uid);
		else if (!strncmp(line, "Gid:", 4))
			same_gid = has_fsid(line + 4, gid);
		else if (!strncmp(line, "Groups:", 7) && same_uid && same_gid)
			ret = parse_groups(line + 7, ret_answer);
	}
	fclose(file);
	return ret;
}

/*
 * Whether a thread is about to end: the host's kernel has sent it SIGKILL, as it
 * does to all threads of a process that a signal ends.
 */
static int guardian_find_death(uint64_t pid, struct guardian_answer *ret_answer)
{
	cleanup_free char *line = NULL;
	unsigned long long pending;
	FILE *file = open_status(pid);
	size_t size = 0;
	int ret = -EACCES;

	if (!file)
		return -EACCES;
	while (ret && getline(&line, &size, file) > 0) {
		if (sscanf(line, "SigPnd: %llx", &pending) == 1) {
			ret_answer->value = pending >> (SIGKILL - 1) & 1;
			ret = 0;
		}
	}
	fclose(file);
	return ret;
}

/* Standard input of the guardian is /dev/null. */
static int guardian_detach(void)
{
	if (dup2(STDIN_FILENO, STDERR_FILENO) < 0 || chdir("/"))
		return -errno;
	return 0;
}

int callers_answer(void *mountpoint, const struct guardian_question *question,
		   struct guardian_answer *ret_answer)
{
	switch (question->kind) {
	case QUESTION_FILE:
		return guardian_find_file(mountpoint, question->a, question->b,
					  ret_answer);
	case QUESTION_GROUPS:
		return guardian_find_groups(question->a,
					    (uint32_t)(question->b >> 32),
					    (uint32_t)question->b, ret_answer);
	case QUESTION_DYING:
		return guardian_find_death(question->a, ret_answer);
	case QUESTION_DETACH:
		return guardian_detach();
	}
	return -EINVAL;
}

/* ---- In the daemon ---- */

/* Protected by guardian_lock; NULL: no questions any more. */
static struct guardian *guardian_to_ask;
static pthread_mutex_t guardian_lock = PTHREAD_MUTEX_INITIALIZER;

void callers_begin(struct guardian *guardian)
{
	pthread_mutex_lock(&guardian_lock);
	guardian_to_ask = guardian;
	pthread_mutex_unlock(&guardian_lock);
}

void callers_end(void)
{
	callers_begin(NULL);
}

static int ask_guardian(pid_t pid, uint64_t kind, uint64_t b,
			struct guardian_answer *ret_answer)
{
	const struct guardian_question question = {
		.kind = kind, .a = (uint64_t)pid, .b = b,
	};
	int ret = -ENXIO;

	/* The caller is in another process namespace. */
	if (pid <= 0)
		return -EACCES;
	pthread_mutex_lock(&guardian_lock);
	if (guardian_to_ask)
		ret = guardian_ask(guardian_to_ask, &question, ret_answer);
	pthread_mutex_unlock(&guardian_lock);
	return ret;
}

void callers_detach_guardian(void)
{
	const struct guardian_question question = { .kind = QUESTION_DETACH };
	struct guardian_answer answer = { 0 };

	pthread_mutex_lock(&guardian_lock);
	/* If the guardian is gone, so is its standard error. */
	if (guardian_to_ask &&
	    !guardian_ask(guardian_to_ask, &question, &answer))
		free(answer.data);
	pthread_mutex_unlock(&guardian_lock);
}

int callers_find_file(pid_t pid, int64_t fd, uint64_t *ret_inode)
{
	struct guardian_answer answer;
	int ret;

	if (fd < 0 || fd > INT_MAX)
		return -EBADF;
	ret = ask_guardian(pid, QUESTION_FILE, (uint64_t)fd, &answer);
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

	ret = ask_guardian(pid, QUESTION_GROUPS, (uint64_t)uid << 32 | gid,
			   &answer);
	if (ret < 0)
		return ret;
	*ret_groups = answer.data;
	*ret_n = (size_t)answer.size / sizeof(**ret_groups);
	return 0;
}

bool callers_is_dying(pid_t thread)
{
	struct guardian_answer answer;

	if (ask_guardian(thread, QUESTION_DYING, 0, &answer) < 0)
		return false;
	free(answer.data);
	return answer.value;
}
