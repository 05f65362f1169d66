// SPDX-License-Identifier: GPL-2.0-only
/*
 * output.c - the file that a tool makes: an archive or an image.
 *
 * A file without a name (O_TMPFILE) disappears if the process dies.  On file
 * systems without those, the file has a temporary name in the same directory.
 * The sandbox allows neither naming nor removing files.  So a guardian process
 * gives the complete file its name, or removes the temporary one if the
 * process dies.
 *
 * Another user may be able to write to the directory.  So the directory and the
 * file are opened once, and nothing opens the file by its temporary name again.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* O_TMPFILE, F_SETPIPE_SZ */
#endif
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/cli/report.h"
#include "common/descriptor-path.h"
#include "common/error.h"
#include "common/same-file.h"
#include "common/sandbox/guardian.h"
#include "common/whole.h"

#define PIPE_SIZE	(1 << 20)
#define NAME_TRIES	100
#define LINKS_MAX	40	/* as in the kernel */

struct output {
	int fd;
	char self[DESCRIPTOR_PATH_SIZE];	/* no other user can change it */
	int directory;		/* open in the guardian only, afterwards */
	char *name;		/* the final name in it; NULL: no file */
	char *temporary;	/* the current name in it; NULL: none */
	struct guardian *guardian;	/* NULL: the file needs no name */
	struct output *volatile next;	/* see unfinished */
};

/*
 * For the signal handler: outputs whose guardian has a file to remove.  Each
 * change is one store, so the handler finds a whole list at any time.
 */
static struct output *volatile unfinished;
static volatile sig_atomic_t is_incomplete;

/*
 * Says that the output is not whole.  Removes its file, too, or the guardian
 * might do so only after we have exited.
 */
static void remove_and_die(int signal)
{
	const struct output *output;

	if (is_incomplete)
		report_from_signal("interrupted, the output is not complete");
	for (output = unfinished; output; output = output->next)
		guardian_abandon_by_signal(output->guardian);
	raise(signal);		/* SA_RESETHAND: the default this time */
}

static void unfinished_add(struct output *output)
{
	output->next = unfinished;
	unfinished = output;
}

/* Does nothing if it is not there. */
static void unfinished_remove(const struct output *output)
{
	struct output *volatile *link = &unfinished;

	while (*link && *link != output)
		link = &(*link)->next;
	if (*link)
		*link = output->next;
}

static const int signals[] = { SIGHUP, SIGINT, SIGTERM };

static void catch_signals(void)
{
	struct sigaction action = {
		.sa_handler = remove_and_die,
		.sa_flags = (int)SA_RESETHAND | SA_NODEFER,
	};
	struct sigaction old;
	unsigned int i;

	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
}

/* Between the making of a file and its guardian, nobody would remove it. */
static void hold_signals(sigset_t *ret_old)
{
	sigset_t set;
	unsigned int i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaddset(&set, signals[i]);
	pthread_sigmask(SIG_BLOCK, &set, ret_old);
}

static bool is_stdout(const char *path)
{
	return !path || !strcmp(path, "-");
}

int output_check(const char *path, struct lkl_error *err)
{
	if (is_stdout(path) && isatty(STDOUT_FILENO))
		return error_set(err, -ENOTTY,
				 "will not write an archive to a terminal");
	return 0;
}

bool output_target(const char *path, struct stat *ret_stat)
{
	if (is_stdout(path))
		return !fstat(STDOUT_FILENO, ret_stat);
	return !stat(path, ret_stat);
}

/* A name in the same directory; the caller creates it with O_EXCL. */
static char *temporary_name(const char *final, unsigned int try)
{
	char *name;

	if (asprintf(&name, ".%.200s.%d-%u", final, (int)getpid(), try) < 0)
		return NULL;
	return name;
}

/* Opens the directory of @path, and keeps the last component. */
static int open_directory(struct output *output, char *path)
{
	char *slash = strrchr(path, '/');

	output->name = strdup(slash ? slash + 1 : path);
	if (!output->name)
		return -ENOMEM;
	if (slash)
		slash[slash == path] = '\0';
	output->directory = open(slash ? path : ".",
				 O_PATH | O_DIRECTORY | O_CLOEXEC);
	return output->directory < 0 ? -errno : 0;
}

static int open_nameless(struct output *output)
{
	/* linkat() will need a path in /proc. */
	if (access("/proc/self/fd", X_OK) < 0)
		return -EOPNOTSUPP;
	output->fd = openat(output->directory, ".",
			    O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	return output->fd < 0 ? -errno : 0;
}

static int open_temporary(struct output *output)
{
	unsigned int try;

	for (try = 0; try < NAME_TRIES; try++) {
		output->temporary = temporary_name(output->name, try);
		if (!output->temporary)
			return -ENOMEM;
		output->fd = openat(output->directory, output->temporary,
				    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				    0666);
		if (output->fd >= 0)
			return 0;
		free(output->temporary);
		output->temporary = NULL;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

/* Pipes, devices and the like are written directly. */
static int open_special(struct output *output, const char *path,
			struct lkl_error *err)
{
	output->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (output->fd < 0)
		return error_set(err, -errno, "cannot open: %s",
				 strerror(errno));
	if (isatty(output->fd))
		return error_set(err, -ENOTTY,
				 "will not write an archive to a terminal");
	return 0;
}

/* Whether the temporary name still belongs to the file. */
static bool has_temporary(const struct output *output)
{
	struct stat file, named;

	return !fstat(output->fd, &file) &&
		!fstatat(output->directory, output->temporary, &named,
			 AT_SYMLINK_NOFOLLOW) &&
		stat_is_same_file(&file, &named);
}

static int rename_temporary(const struct output *output)
{
	if (!has_temporary(output))
		return -ESTALE;
	return renameat(output->directory, output->temporary,
			output->directory, output->name) ? -errno : 0;
}

/* linkat() cannot replace a file, so it may take a rename as well. */
static int output_give_name(struct output *output)
{
	unsigned int try;
	char *name;

	if (output->temporary)
		return rename_temporary(output);

	if (!linkat(AT_FDCWD, output->self, output->directory, output->name,
		    AT_SYMLINK_FOLLOW))
		return 0;
	for (try = 0; errno == EEXIST && try < NAME_TRIES; try++) {
		name = temporary_name(output->name, try);
		if (!name)
			return -ENOMEM;
		if (linkat(AT_FDCWD, output->self, output->directory, name,
			   AT_SYMLINK_FOLLOW)) {
			free(name);
			continue;
		}
		output->temporary = name;
		return rename_temporary(output);
	}
	return -errno;
}

/* Runs in the guardian, which has a copy of @output. */
static void guardian_remove_temporary(void *opaque)
{
	struct output *output = opaque;

	if (output->temporary)
		unlinkat(output->directory, output->temporary, 0);
}

static int guardian_complete(void *opaque, struct lkl_error *err)
{
	int ret = output_give_name(opaque);

	if (ret < 0) {
		error_set(err, ret, "cannot create: %s", ret == -ESTALE ?
			  "its temporary file was removed or replaced" :
			  strerror(-ret));
		guardian_remove_temporary(opaque);
	}
	return ret;
}

static int output_start_guardian(struct output *output, struct lkl_error *err)
{
	const int keep[] = { output->fd, output->directory, -1 };
	const struct guardian_work work = {
		.act = guardian_complete,
		.clear = guardian_remove_temporary,
		.opaque = output,
		.keep = keep,
	};
	int ret = guardian_start(&work, &output->guardian, err);

	if (ret < 0) {
		guardian_remove_temporary(output);
		return ret;
	}
	close(output->directory);
	output->directory = -1;
	if (output->temporary)
		unfinished_add(output);
	return 0;
}

/*
 * The path that a link contains, relative to where the link is.  NULL with errno:
 * EINVAL if it is no link; EPERM for one of another user, who may have planted it
 * where we are expected to write.
 */
static char *follow_link(const char *path)
{
	cleanup_close int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	const char *slash = strrchr(path, '/');
	char target[PATH_MAX], *followed;
	struct stat st;
	ssize_t len;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISLNK(st.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	if (st.st_uid && st.st_uid != geteuid()) {
		errno = EPERM;
		return NULL;
	}
	len = readlinkat(fd, "", target, sizeof(target));
	if (len < 0)
		return NULL;
	if ((size_t)len == sizeof(target)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	if (*target == '/' || !slash)
		return strndup(target, (size_t)len);
	if (asprintf(&followed, "%.*s/%.*s", (int)(slash - path), path,
		     (int)len, target) < 0)
		return NULL;
	return followed;
}

/*
 * The path that links lead to from @path, to be freed; the file need not exist.
 * Returns NULL with errno as follow_link() does.
 */
static char *follow_links(const char *path)
{
	char *at = strdup(path), *next;
	unsigned int links;

	for (links = 0; at && links <= LINKS_MAX; links++) {
		/* A link of /dev/fd is more than a path. */
		next = strncmp(at, "/proc/", 6) ? follow_link(at) :
			realpath(at, NULL);
		/* Not a link, or nothing. */
		if (!next && (errno == EINVAL || errno == ENOENT))
			return at;
		free(at);
		at = next;
	}
	if (at) {
		free(at);
		errno = ELOOP;
	}
	return NULL;
}

char *output_folder(const char *path)
{
	char *target = follow_links(path), *slash;

	if (!target)
		return NULL;
	slash = strrchr(target, '/');
	if (slash) {
		slash[slash == target] = '\0';
		return target;
	}
	free(target);
	return strdup(".");
}

/* The folder of @path, and the name in it. */
static bool find_place(char *path, struct stat *ret_folder,
		       const char **ret_name)
{
	char *slash = strrchr(path, '/');

	*ret_name = slash ? slash + 1 : path;
	if (!slash)
		return !stat(".", ret_folder);
	*slash = '\0';
	return !stat(slash == path ? "/" : path, ret_folder);
}

bool outputs_are_same(const char *a, const char *b)
{
	cleanup_free char *a_target = NULL, *b_target = NULL;
	const char *a_name, *b_name;
	struct stat a_stat, b_stat;

	if (output_target(a, &a_stat) && output_target(b, &b_stat))
		return stat_is_same_file(&a_stat, &b_stat);
	if (is_stdout(a) || is_stdout(b))
		return false;
	a_target = follow_links(a);
	b_target = follow_links(b);
	return a_target && b_target &&
		find_place(a_target, &a_stat, &a_name) &&
		find_place(b_target, &b_stat, &b_name) &&
		stat_is_same_file(&a_stat, &b_stat) && !strcmp(a_name, b_name);
}

/* Makes or replaces the file that a symbolic link leads to. */
static int open_regular(struct output *output, char *target,
			unsigned int flags, struct lkl_error *err)
{
	int ret = open_directory(output, target);
	sigset_t old;

	hold_signals(&old);
	if (!ret)
		ret = flags & OUTPUT_NAMED ? -EOPNOTSUPP :
			open_nameless(output);
	if (ret == -EOPNOTSUPP || ret == -EISDIR || ret == -EINVAL)
		ret = open_temporary(output);
	if (ret < 0) {
		error_set(err, ret, "cannot create: %s", strerror(-ret));
	} else {
		descriptor_path(output->fd, output->self);
		ret = output_start_guardian(output, err);
	}
	if (ret >= 0) {
		is_incomplete = 1;
		catch_signals();
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ret;
}

int output_open(const char *path, unsigned int flags,
		struct output **ret_output, struct lkl_error *err)
{
	struct output *output = calloc(1, sizeof(*output));
	cleanup_free char *target = NULL;
	struct stat st;
	bool exists;
	int ret = 0;

	if (!output)
		return error_no_memory(err);
	output->fd = output->directory = -1;
	if (is_stdout(path)) {
		output->fd = STDOUT_FILENO;
	} else {
		target = follow_links(path);
		exists = target && !stat(path, &st);
		if (!target)
			ret = error_set(err, -errno, "cannot create: %s",
					errno != EPERM ? strerror(errno) :
					"a symbolic link of another user, which is not followed");
		/* The kernel may not follow a link in a folder for all. */
		else if (!exists && errno != ENOENT)
			ret = error_set(err, -errno, "cannot create: %s",
					strerror(errno));
		else if (exists && !S_ISREG(st.st_mode) && flags & OUTPUT_NAMED)
			ret = error_set(err, -EINVAL, "not a regular file");
		else if (exists && !S_ISREG(st.st_mode))
			ret = open_special(output, path, err);
		else
			ret = open_regular(output, target, flags, err);
	}
	if (ret < 0) {
		output_discard(output);
		return ret;
	}
	/* Fewer switches between the processes; it may fail. */
	fcntl(output->fd, F_SETPIPE_SZ, PIPE_SIZE);
	is_incomplete = 1;
	catch_signals();
	*ret_output = output;
	return 0;
}

const char *output_self(const struct output *output)
{
	return output->self;
}

int output_write(void *opaque, const void *data, size_t len)
{
	const struct output *output = opaque;

	return write_whole(output->fd, data, len) ? 0 : -errno;
}

/* Network file systems report some errors only at close(). */
static int check_for_errors(struct output *output, bool sync)
{
	int fd;

	/* Pipes and some devices cannot be synced. */
	if (sync && fsync(output->fd) < 0 && errno != EINVAL &&
	    errno != EROFS)
		return -errno;
	fd = dup(output->fd);
	if (fd < 0 || close(fd) < 0)
		return -errno;
	return 0;
}

int output_complete(struct output *output, bool sync, struct lkl_error *err)
{
	int ret = check_for_errors(output, sync);

	if (!ret)
		is_incomplete = 0;
	if (ret < 0) {
		error_set(err, ret, "cannot write: %s", strerror(-ret));
	} else if (output->guardian) {
		unfinished_remove(output);
		ret = guardian_act(output->guardian, err);
		output->guardian = NULL;
	}
	output_discard(output);
	return ret;
}

void output_discard(struct output *output)
{
	if (output->fd >= 0)
		close(output->fd);
	if (output->guardian) {
		unfinished_remove(output);
		guardian_abandon(output->guardian);
	}
	if (output->directory >= 0)
		close(output->directory);
	free(output->temporary);
	free(output->name);
	free(output);
}
