// SPDX-License-Identifier: GPL-2.0-only
/*
 * unmount.c - unmounting, by the guardian of a daemon or for --unmount, and
 * telling who waits how the daemon has ended.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "unmount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "common/image/release.h"
#include "callers.h"
#include "mount.h"

/* Found in PATH, as libfuse does. */
#define FUSERMOUNT "fusermount3"

static char *mount_path;

/* 0 or -errno.  fusermount3 does not say why it failed: that gives -EBUSY. */
static int run_fusermount(bool lazy)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid) {
		if (lazy)
			execlp(FUSERMOUNT, FUSERMOUNT, "-u", "-q", "-z", "--",
			       mount_path, (char *)NULL);
		else
			execlp(FUSERMOUNT, FUSERMOUNT, "-u", "-q", "--", mount_path,
			       (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return -ENOENT;
	return WEXITSTATUS(status) ? -EBUSY : 0;
}

static int unmount(bool lazy)
{
	int flags = UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0);

	if (!umount2(mount_path, flags))
		return 0;
	return errno == EPERM ? run_fusermount(lazy) : -errno;
}

int mount_end(const char *mountpoint, bool lazy, struct lkl_error *err)
{
	struct release_mount_watch watch;
	char device[32];
	uid_t uid;
	int ret;

	mount_path = realpath(mountpoint, NULL);
	/* A dead mount cannot be looked at. */
	if (!mount_path)
		mount_path = strdup(mountpoint);
	if (!mount_path)
		return error_no_memory(err);
	if (!mount_find_device(mount_path, device, sizeof(device), &uid))
		return error_set(err, -EINVAL, "%s: no FUSE mount",
				 quote_name(mountpoint));
	/* Connect first: the daemon may end at once. */
	release_watch_mount(device, uid, &watch);
	ret = unmount(lazy);
	if (ret < 0 || lazy)
		release_unwatch(&watch);
	if (ret < 0)
		return error_set(err, ret, "cannot unmount %s: %s",
				 quote_name(mountpoint),
				 strerror(-ret));
	if (lazy)
		return 0;
	ret = release_wait(&watch, err);
	if (ret == -ENOTCONN)
		return error_set(err, ret,
				 "%s is unmounted, but whether the image is complete is unknown: cannot reach the process that served it",
				 quote_name(mountpoint));
	if (ret == -EBUSY)
		return error_set(err, -EBUSY,
				 "%s is unmounted, but still mounted elsewhere: the image stays open",
				 quote_name(mountpoint));
	if (ret < 0 && !err->text[0])
		error_set(err, ret, "the process that served it ended too early, and not everything may be in the image");
	return ret < 0 ? error_prefix(err, ret, "%s is unmounted, but", quote_name(mountpoint)) : 0;
}

/* ---- In the guardian ---- */

enum { QUESTION_MOUNT = QUESTION_OTHERS, QUESTION_UNMOUNT, QUESTION_FINISH };

/* As the daemon told before it was confined: later it cannot change this. */
static struct {
	bool known;
	char device[32];
} our_mount;

static struct {
	int listener;		/* -1: nobody can wait */
	bool told;		/* the daemon has said how it ended: */
	int status;
	char text[RELEASE_TEXT_MAX];
} ending = { .listener = -1, .status = EXIT_FAILURE };

/* Have the host write back its cached data. */
static void sync_mount(void)
{
	int fd = open(mount_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	syncfs(fd);
	close(fd);
}

static int unmount_on_request(struct guardian_answer *ret_answer)
{
	int ret;

	/* Not what anyone has mounted there since. */
	switch (mount_find_place(mount_path, our_mount.device)) {
	case MOUNT_ABSENT:
		return our_mount.device[0] ? 0 : -ENODEV;
	case MOUNT_COVERED:
		return -EBUSY;
	case MOUNT_ON_TOP:
		break;
	}
	ret = unmount(false);
	if (ret == -EBUSY) {
		sync_mount();
		ret = unmount(true);
		ret_answer->value = ret ? 0 : UNMOUNT_BUSY;
	}
	/* Somebody else has unmounted it. */
	return ret == -EINVAL || ret == -ENOENT ? 0 : ret;
}

/*
 * Unmount only a dead mount: another one may be there by now.  statfs() tells,
 * because the host does not cache its result.
 */
static void unmount_if_dead(void)
{
	struct statfs st;
	int ret;

	if (our_mount.device[0] &&
	    mount_find_place(mount_path, our_mount.device) != MOUNT_ON_TOP)
		return;
	do
		ret = statfs(mount_path, &st);
	/* An io_uring of the process that is ending got the request. */
	while (ret < 0 && errno == ECANCELED);
	if (ret < 0 &&
	    (errno == ENOTCONN || errno == ECONNABORTED))
		unmount(true);
}

/* The daemon has ended, or it has died. */
static void unmounter_clear(void *opaque)
{
	(void)opaque;
	if (!ending.told || !our_mount.device[0])
		unmount_if_dead();
	if (ending.listener >= 0)
		release_tell(ending.listener, ending.status, ending.text);
}

static int set_mount(const struct guardian_question *question)
{
	if (our_mount.known || question->size >= sizeof(our_mount.device))
		return -EINVAL;
	our_mount.known = true;
	if (question->size)
		memcpy(our_mount.device, question->data, question->size);
	if (!question->has_fd)
		return 0;
	ending.listener = fcntl(question->fd, F_DUPFD_CLOEXEC, 0);
	return ending.listener < 0 ? -errno : 0;
}

static int set_status(const struct guardian_question *question)
{
	size_t len = question->size < sizeof(ending.text) ? question->size :
		     sizeof(ending.text) - 1;

	ending.told = true;
	ending.status = question->a ? EXIT_FAILURE : EXIT_SUCCESS;
	if (len)
		memcpy(ending.text, question->data, len);
	ending.text[len] = '\0';
	return 0;
}

static int unmounter_answer(void *opaque,
			    const struct guardian_question *question,
			    struct guardian_answer *ret_answer)
{
	switch (question->kind) {
	case QUESTION_MOUNT:
		return set_mount(question);
	case QUESTION_UNMOUNT:
		return unmount_on_request(ret_answer);
	case QUESTION_FINISH:
		return set_status(question);
	}
	return callers_answer(opaque, question, ret_answer);
}

/* ---- In the daemon ---- */

int unmounter_start(const char *mountpoint, struct guardian **ret_guardian,
		    struct lkl_error *err)
{
	struct guardian_work work = {
		.clear = unmounter_clear,
		.ask = unmounter_answer,
	};

	mount_path = strdup(mountpoint);
	if (!mount_path)
		return error_no_memory(err);
	work.opaque = mount_path;
	return guardian_start(&work, ret_guardian, err);
}

/* Returns the value of the answer, or -errno. */
static int ask(struct guardian *guardian,
	       const struct guardian_question *question)
{
	struct guardian_answer answer = { 0 };
	int ret = guardian_ask(guardian, question, &answer);

	if (ret < 0)
		return ret;
	free(answer.data);
	if (answer.has_fd)
		close(answer.fd);
	return (int)answer.value;
}

void unmounter_set_mount(struct guardian *guardian, const char *device, int fd)
{
	const struct guardian_question question = {
		.kind = QUESTION_MOUNT, .has_fd = fd >= 0, .fd = fd,
		.data = device, .size = strlen(device),
	};

	ask(guardian, &question);
}

int unmounter_unmount(struct guardian *guardian, const char *mountpoint,
		      struct lkl_error *err)
{
	const struct guardian_question question = { .kind = QUESTION_UNMOUNT };
	int ret = ask(guardian, &question);

	if (ret == -EPIPE)
		return error_set(err, ret,
				 "cannot unmount %s: the guardian, the process that does it, has died",
				 quote_name(mountpoint));
	if (ret < 0)
		return error_set(err, ret, "cannot unmount %s: %s",
				 quote_name(mountpoint),
				 strerror(-ret));
	return ret;
}

void unmounter_finish(struct guardian *guardian, int status, const char *text)
{
	const struct guardian_question question = {
		.kind = QUESTION_FINISH, .a = (uint64_t)status,
		.data = text, .size = strlen(text),
	};

	ask(guardian, &question);
}
