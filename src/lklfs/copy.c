// SPDX-License-Identifier: GPL-2.0-only
/*
 * copy.c - lklfs copy: copies a file or a directory from image to image.
 *
 * Within one image it is lklfs cp.  Otherwise fs2tar, which confines itself, reads
 * one image and writes an archive into a pipe.  This process unpacks it into a
 * directory of the other image, confined, and gives the copy its name when it is
 * complete.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* pipe2() */
#endif
#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lkl.h>

#include "common/archive-library.h"
#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/copy/archive.h"
#include "common/error.h"
#include "common/same-file.h"
#include "common/tree/remove.h"
#include "change.h"
#include "print.h"
#include "run.h"

/* "IMAGE:/PATH" */
struct image_path {
	char *image;			/* owned */
	const char *path;
};

struct copy {
	struct copy_words dest;		/* options of the second image */
	struct copy_words source;	/* those of fs2tar */
	struct common_options to_common;
	struct image_path from, to;
	int fd;				/* the archive */
	pid_t sender;
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct copy *copy = ((struct run *)target)->options;

	return copy_dest_add(&copy->dest, key, argument, err);
}

/* The first ":/" that is not the one of a URI, as nbd://. */
static int parse_image_path(const char *text, struct image_path *ret_path,
			    struct lkl_error *err)
{
	const char *colon = text;

	while ((colon = strstr(colon, ":/")) && colon[2] == '/')
		colon += 3;
	if (!colon || colon == text)
		return error_set(err, -EINVAL, "not IMAGE:/PATH: %s",
				 quote_name(text));
	ret_path->image = strndup(text, (size_t)(colon - text));
	ret_path->path = colon + 1;
	return ret_path->image ? 0 : error_no_memory(err);
}

static bool is_one_file(const struct copy *copy)
{
	struct stat a, b;

	return !stat(copy->from.image, &a) && !stat(copy->to.image, &b) &&
		stat_is_same_file(&a, &b);
}

static bool is_one_image(const struct run *run)
{
	const struct copy *copy = run->options;

	/* Other options may choose another file system of the same image. */
	return !copy->dest.n &&
		(!strcmp(copy->from.image, copy->to.image) ||
		 is_one_file(copy));
}

/* Is the last component "." or ".."?  It names no member of an archive. */
static bool ends_in_dots(const char *path)
{
	size_t end = strlen(path), dots;

	while (end && path[end - 1] == '/')
		end--;
	for (dots = 0; dots < end && path[end - 1 - dots] == '.'; dots++)
		;
	return (dots == 1 || dots == 2) && path[end - 1 - dots] == '/';
}

/* The copy could not be verified; and a key of a qcow2 image is for one image only. */
static int check_options(const struct common_options *common,
			 struct lkl_error *err)
{
	const char *option = common->verity.root_hash_size ?
		"verity-root-hash" :
		image_key_is_set(&common->image_key) ? "image-key-file" : NULL;

	return option ? error_set(err, -EINVAL,
				  "--%s cannot be used with two images", option) :
		0;
}

static int check_two_images(const struct run *run, struct lkl_error *err)
{
	const struct copy *copy = run->options;

	/* Without locks, one kernel could write what the other one reads. */
	if (is_one_file(copy) && !run->common.no_lock)
		return error_set(err, -EINVAL,
				 "%s: with an option --dest-..., the two images have to be different files",
				 quote_name(copy->to.image));
	if (ends_in_dots(copy->from.path))
		return error_set(err, -EINVAL,
				 "%s: a path that ends in . or .. names no file to copy",
				 quote_name(run->image));
	return check_options(&run->common, err);
}

static int prepare(struct run *run, struct lkl_error *err)
{
	struct copy *copy = run->options;
	int ret = parse_image_path(run->image, &copy->from, err);

	if (!ret)
		ret = parse_image_path(run->operands[0], &copy->to, err);
	if (!ret && !is_one_image(run))
		ret = check_two_images(run, err);
	if (!ret)
		ret = copy_dest_options(&copy->dest, &run->common,
					&copy->to_common, err);
	if (!ret && !copy->from.path[strspn(copy->from.path, "/.")])
		ret = error_set(err, -EINVAL, "%s: cannot copy the root directory: name a file or a directory in it",
				quote_name(run->image));
	return ret;
}

static int copy_inside(struct run *run, struct lkl_error *err)
{
	struct copy *copy = run->options;
	char *operands[] = { (char *)copy->from.path, (char *)copy->to.path };
	cleanup_free void *options = calloc(1, cp_command.options_size);
	struct run inside = *run;

	if (!options)
		return error_no_memory(err);
	inside.command = &cp_command;
	inside.options = options;
	inside.image = copy->from.image;
	inside.operands = operands;
	inside.n_operands = 2;
	inside.read_only = false;
	run->status = run_command(&inside);
	return 0;
}

/* ---- The process that reads ---- */

/* "/etc/x*" to "./x\*": only this name, in the directory itself. */
static char *make_pattern(const char *name, size_t len)
{
	char *pattern = malloc(2 * len + 3), *out = pattern;
	size_t i;

	if (!pattern)
		return NULL;
	*out++ = '.';
	*out++ = '/';
	for (i = 0; i < len; i++) {
		if (strchr("*?[]\\", name[i]))
			*out++ = '\\';
		*out++ = name[i];
	}
	*out = '\0';
	return pattern;
}

static void execute_sender(const struct run *run, int fd)
{
	const struct copy *copy = run->options;
	const struct copy_words *words = &copy->source;
	const char *argv[16 + COPY_WORDS_MAX], *path = copy->from.path;
	size_t end = strlen(path), start;
	unsigned int n = 0, i;
	char *parent, *pattern;

	while (path[end - 1] == '/')
		end--;
	for (start = end; path[start - 1] != '/'; start--)
		;
	parent = strndup(path, start);
	pattern = make_pattern(path + start, end - start);
	if (!parent || !pattern || dup2(fd, STDOUT_FILENO) < 0)
		_exit(EXIT_FAILURE);
	argv[n++] = "fs2tar";
	argv[n++] = "--directory";
	argv[n++] = parent;
	argv[n++] = "--include";
	argv[n++] = pattern;
	for (i = 0; i < words->n; i++)
		argv[n++] = words->at[i];
	argv[n++] = "--quiet";
	argv[n++] = "--reader-reports";
	argv[n++] = "--";
	argv[n++] = copy->from.image;
	argv[n++] = "-";
	argv[n] = NULL;
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], (char **)argv);
	fprintf(stderr, "lklfs: cannot start fs2tar: %s\n", strerror(errno));
	_exit(127);
}

static int start_sender(const struct run *run, struct copy *copy,
			struct lkl_error *err)
{
	int fds[2], ret;

	ret = copy_source_words(&run->common, &copy->source, err);
	if (ret < 0)
		return ret;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot make a pipe: %s",
				 strerror(errno));
	copy->sender = fork();
	if (!copy->sender)
		execute_sender(run, fds[1]);
	close(fds[1]);
	copy->fd = fds[0];
	return copy->sender < 0 ?
		error_set(err, -EAGAIN, "cannot start a process") : 0;
}

/* ---- The process that writes ---- */

/* Makes a directory beside the target, so that rename() can move the copy there. */
static int make_stage(const char *target, char **ret_stage)
{
	const char *slash = strrchr(target, '/');
	int len = slash ? (int)(slash - target) + 1 : 0, ret = -EEXIST;
	char *stage = malloc((size_t)len + 32);
	unsigned int i;

	if (!stage)
		return -ENOMEM;
	for (i = 0; ret == -EEXIST && i < 1000; i++) {
		sprintf(stage, "%.*s.lklfs-copy.%u", len, target, i);
		ret = (int)lkl_sys_mkdirat(LKL_AT_FDCWD, stage, 0700);
	}
	if (ret < 0)
		free(stage);
	else
		*ret_stage = stage;
	return ret;
}

static int unpack(struct run *run, const char *stage, struct lkl_error *err)
{
	const struct copy *copy = run->options;
	const struct settings settings = { .keep = KEEP_ALL, .umask = 022 };
	const struct operands operands = {
		.dest = stage, .dest_is_directory = true,
	};
	struct job job;
	int ret = job_init(&job, &settings, run->session, true);

	if (ret < 0) {
		job_free(&job);
		return error_no_memory(err);
	}
	ret = archive_copy(&job, copy->from.image, copy->fd, &operands, err);
	limits_summary(&job);
	run->failures += job.failures > 0;
	job_free(&job);
	return ret;
}

/* Moves the only file in the directory @stage to its place. */
static int give_name(const struct copy *copy, const char *stage,
		     const char *target)
{
	char *source;
	int ret = change_target(copy->from.path, stage, false, &source);

	if (ret < 0)
		return ret;
	ret = (int)lkl_sys_renameat2(LKL_AT_FDCWD, source, LKL_AT_FDCWD,
				     target, 0);
	free(source);
	return ret;
}

/* As waitpid() gives it; -1: unknown. */
static int sender_status(const struct copy *copy)
{
	int status = 0;

	while (waitpid(copy->sender, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* Has fs2tar failed?  Then the archive is cut off, and fs2tar has said why. */
static bool sender_has_given_up(const struct copy *copy)
{
	char byte;
	int status;

	if (read(copy->fd, &byte, 1))
		return false;
	status = sender_status(copy);
	return status > 0 && WIFEXITED(status);
}

static void remove_stage(struct run *run, const char *stage)
{
	int ret;

	lkl_sys_chdir("/");
	ret = remove_tree(&image_calls, LKL_AT_FDCWD, stage);
	if (ret < 0 && !session_ends(ret) && !run_host_failed(run)) {
		report_error("%s: cannot remove: %s", quote_name(stage),
			     lkl_strerror(ret));
		run->failures++;
	}
}

static int receive_into(struct run *run, const char *target,
			struct lkl_error *err)
{
	struct copy *copy = run->options;
	char *stage;
	int ret = make_stage(target, &stage);

	if (ret < 0)
		return error_set(err, ret, "%s: cannot write: %s",
				 quote_name(target), lkl_strerror(ret));
	ret = unpack(run, stage, err);
	if (!ret && sender_status(copy))
		run->failures++;
	if (ret < 0 && !session_panic() && !job_interrupted() &&
	    sender_has_given_up(copy)) {
		run->failures++;
		ret = 0;
	} else if (!ret && run->failures) {
		report_error("%s: not everything was copied, so nothing is left of it",
			     quote_name(target));
	} else if (!ret) {
		ret = give_name(copy, stage, target);
		/* fs2tar may have said why there is nothing. */
		if (ret == -ENOENT)
			error_set(err, ret, "%s: there is no %s",
				  quote_name(copy->from.image),
				  quote_name(copy->from.path));
		else if (ret < 0)
			error_set(err, ret, "%s: cannot write: %s",
				  quote_name(target), lkl_strerror(ret));
	}
	remove_stage(run, stage);
	free(stage);
	return ret;
}

static int receive(struct run *run, struct lkl_error *err)
{
	const struct copy *copy = run->options;
	struct lkl_statx st;
	char *target;
	int ret = change_target(copy->from.path, copy->to.path, false,
				&target);

	if (ret < 0)
		return error_no_memory(err);
	if (!stat_file(LKL_AT_FDCWD, target, false, &st) &&
	    S_ISDIR(st.stx_mode))
		ret = error_set(err, -EEXIST,
				"%s: exists already, directories are not merged",
				quote_name(target));
	else
		ret = receive_into(run, target, err);
	if (!ret && !run->failures)
		print_change(run, "copied", target);
	free(target);
	return ret;
}

static const struct command receive_step = {
	.name = "copy", .flags = COMMAND_WRITES, .run = receive,
};

static int copy_between(struct run *run, struct lkl_error *err)
{
	struct copy *copy = run->options;
	struct run writer;
	int ret = archive_library_load(err);

	if (ret < 0)
		return error_prefix(err, ret, "copy needs libarchive");
	ret = start_sender(run, copy, err);
	if (ret < 0)
		return ret;
	writer = *run;
	writer.command = &receive_step;
	writer.image = copy->to.image;
	writer.read_only = false;
	writer.common = copy->to_common;
	run->status = run_command(&writer);
	/* Otherwise fs2tar would wait for this process. */
	close(copy->fd);
	waitpid(copy->sender, NULL, 0);
	return 0;
}

static int run_copy(struct run *run, struct lkl_error *err)
{
	return is_one_image(run) ? copy_inside(run, err) :
		copy_between(run, err);
}

static void release(struct run *run)
{
	struct copy *copy = run->options;

	free(copy->from.image);
	free(copy->to.image);
	free(copy->to_common.disks);
	copy_words_free(&copy->dest);
	copy_words_free(&copy->source);
}

const struct command copy_command = {
	.name = "copy",
	.operands = "IMAGE:/PATH IMAGE:/PATH",
	.summary = "copy a file or a directory from image to image",
	.flags = COMMAND_ALONE,
	.min = 1,
	.max = 1,
	.entries = copy_entries,
	.handle = handle,
	.options_size = sizeof(struct copy),
	.prepare = prepare,
	.release = release,
	.run = run_copy,
};
