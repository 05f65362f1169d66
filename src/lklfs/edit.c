// SPDX-License-Identifier: GPL-2.0-only
/*
 * edit.c - lklfs edit: opens a file of the image in an editor.
 *
 * The editor is a program of the user's and runs outside of the sandbox, on a copy
 * in a directory of its own.  This process never looks into the image: one child
 * reads the file, confined, and another one writes it after the editor has ended.
 * The image is not locked meanwhile, so the second child makes sure that the file
 * is still the one that the first one has read.  Both ask one guardian for keys.
 */
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lkl.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/copy/job.h"
#include "common/error.h"
#include "common/image/session.h"
#include "common/storage/unlock.h"
#include "common/tree/contents.h"
#include "common/tree/remove.h"
#include "change.h"
#include "print.h"
#include "replace.h"
#include "run.h"

/* Editors do not take much larger files. */
#define EDITED_MAX (64u << 20)

/* Shared with the children.  Only they read and write it. */
struct edited {
	bool exists;
	struct lkl_statx st;
};

struct edit {
	struct edited *edited;
	int fd;				/* the copy */
	char directory[512];
	char path[1024];		/* of the copy */
};

/* ---- In the first child ---- */

static int write_copy(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len; text += n, len -= (size_t)n) {
		n = write(fd, text, len);
		if (n < 0)
			return -errno;
	}
	return 0;
}

static int read_file(struct run *run, struct lkl_error *err)
{
	struct edit *edit = run->options;
	const char *path = run->operands[0];
	struct lkl_statx st;
	char *text;
	size_t len;
	int ret = contents_read(path, EDITED_MAX, &text, &len, err);

	/* A new file, if its directory exists; the second child will see. */
	if (ret == -ENOENT)
		return 0;
	/* Some file systems also refuse a name with -EINVAL. */
	if (ret == -EINVAL && !stat_file(LKL_AT_FDCWD, path, true, &st))
		error_set(err, ret, "not a regular file");
	if (ret < 0)
		return error_prefix(err, ret, "%s", quote_name(path));
	edit->edited->exists = true;
	stat_file(LKL_AT_FDCWD, path, true, &edit->edited->st);
	ret = write_copy(edit->fd, text, len);
	free(text);
	return ret < 0 ? error_set(err, ret, "%s: cannot write: %s",
				   quote_name(edit->path), strerror(-ret)) : 0;
}

/* ---- In the second child ---- */

static bool is_unchanged(const struct edited *edited, const char *path)
{
	struct lkl_statx st;
	int ret = stat_file(LKL_AT_FDCWD, path, true, &st);

	if (!edited->exists)
		return ret == -ENOENT;
	return !ret && st.stx_ino == edited->st.stx_ino &&
		st.stx_size == edited->st.stx_size &&
		!memcmp(&st.stx_ctime, &edited->st.stx_ctime,
			sizeof(st.stx_ctime));
}

static int copy_back(const struct edit *edit, struct replacement *replacement,
		     struct lkl_error *err)
{
	static char buffer[64 << 10];
	ssize_t n;
	int ret;

	while ((n = read(edit->fd, buffer, sizeof(buffer))) > 0) {
		ret = replacement_write(replacement, buffer, (size_t)n, err);
		if (ret < 0)
			return ret;
	}
	return n < 0 ? error_set(err, -errno, "cannot read the copy: %s",
				 strerror(errno)) : 0;
}

static int write_file(struct run *run, struct lkl_error *err)
{
	const struct edit *edit = run->options;
	const char *path = run->operands[0];
	struct replacement replacement;
	int ret;

	if (!is_unchanged(edit->edited, path))
		return error_set(err, -EBUSY,
				 "%s: was changed meanwhile, will not overwrite it",
				 quote_name(path));
	ret = replacement_begin(path, &replacement, err);
	if (ret < 0)
		return ret;
	ret = copy_back(edit, &replacement, err);
	if (ret < 0) {
		replacement_discard(&replacement);
		return error_prefix(err, ret, "%s", quote_name(path));
	}
	ret = replacement_complete(&replacement, err);
	if (!ret)
		print_change(run, "wrote", path);
	return ret;
}

static const struct command read_step = { .name = "edit", .run = read_file };
static const struct command write_step = {
	.name = "edit", .flags = COMMAND_WRITES, .run = write_file,
};

/* ---- Outside ---- */

/* Returns the exit status of a child; 128 if it died. */
static int wait_for(pid_t process)
{
	int status;

	while (waitpid(process, &status, 0) < 0)
		if (errno != EINTR)
			return 128;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static bool run_step(const struct run *run, const struct command *step)
{
	struct run child = *run;
	pid_t process = fork();

	if (process < 0)
		return false;
	if (!process) {
		child.command = step;
		child.read_only = !(step->flags & COMMAND_WRITES);
		_exit(run_command(&child));
	}
	return wait_for(process) == EXIT_DONE;
}

/* Refuse an image that cannot be written to before the user edits, not after. */
static bool check_writable(const struct run *run)
{
	struct session *session;
	struct lkl_error err;
	pid_t process = fork();
	int ret;

	if (process < 0)
		return false;
	if (!process) {
		ret = session_prepare(run->image, &run->common, 0, &session,
				      &err);
		if (!ret)
			ret = session_close(session, &err);
		if (ret < 0)
			report_error("%s", err.text);
		_exit(ret < 0 ? EXIT_INCOMPLETE : EXIT_DONE);
	}
	return wait_for(process) == EXIT_DONE;
}

static int run_editor(const struct edit *edit, struct lkl_error *err)
{
	const char *editor = getenv("VISUAL");
	struct sigaction ignore = { .sa_handler = SIG_IGN }, interrupt, quit;
	pid_t process;
	int status;

	if (!editor || !*editor)
		editor = getenv("EDITOR");
	if (!editor || !*editor)
		editor = "vi";
	/* A ^C is for the editor. */
	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	process = fork();
	if (!process) {
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGPIPE, SIG_DFL);
		/* EDITOR may have arguments, so a shell runs it. */
		setenv("LKLFS_EDITOR", editor, 1);
		execl("/bin/sh", "sh", "-c", "eval \"$LKLFS_EDITOR\" '\"$1\"'",
		      "sh", edit->path, (char *)NULL);
		_exit(127);
	}
	status = process < 0 ? 128 : wait_for(process);
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	if (status)
		return error_set(err, -EIO,
				 "the editor (%s) has failed, nothing was changed",
				 quote_name(editor));
	return 0;
}

static int make_copy(struct edit *edit, const char *path,
		     struct lkl_error *err)
{
	const char *tmp = getenv("TMPDIR"), *name = change_name(path);

	if (!*path)
		return error_set(err, -ENOENT, "'': %s", strerror(ENOENT));
	if (!name || strlen(name) > 255)
		return error_set(err, -EINVAL, "%s: not the name of a file",
				 quote_name(path));
	if (!tmp || !*tmp)
		tmp = "/var/tmp";
	if (strlen(tmp) + sizeof("/lklfs-XXXXXX") > sizeof(edit->directory))
		return error_set(err, -ENAMETOOLONG,
				 "cannot make a temporary directory: %s",
				 strerror(ENAMETOOLONG));
	/* run_edit() removes the directory whose name is here. */
	sprintf(edit->directory, "%s/lklfs-XXXXXX", tmp);
	if (!mkdtemp(edit->directory)) {
		edit->directory[0] = '\0';
		return error_set(err, -errno,
				 "cannot make a temporary directory: %s",
				 strerror(errno));
	}
	snprintf(edit->path, sizeof(edit->path), "%s/%s", edit->directory,
		 name);
	edit->fd = open(edit->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
			0600);
	if (edit->fd < 0)
		return error_set(err, -errno, "%s: cannot make: %s",
				 quote_name(edit->path), strerror(errno));
	return 0;
}

/* Some editors write a new file in place of the old one. */
static int open_again(struct edit *edit, const struct stat *before,
		      struct lkl_error *err)
{
	struct stat after;

	close(edit->fd);
	edit->fd = open(edit->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (edit->fd < 0 || fstat(edit->fd, &after) < 0)
		return error_set(err, -errno, "%s: cannot open: %s",
				 quote_name(edit->path), strerror(errno));
	return after.st_ino != before->st_ino ||
		after.st_size != before->st_size ||
		memcmp(&after.st_mtim, &before->st_mtim,
		       sizeof(after.st_mtim));
}

static int edit_file(struct run *run, struct edit *edit, bool *ret_keep,
		     struct lkl_error *err)
{
	struct stat before;
	int ret;

	if (!check_writable(run) || !run_step(run, &read_step)) {
		run->failures++;
		return 0;
	}
	if (fstat(edit->fd, &before) < 0)
		return error_set(err, -errno, "%s: %s", quote_name(edit->path),
				 strerror(errno));
	ret = run_editor(edit, err);
	if (!ret)
		ret = open_again(edit, &before, err);
	if (ret < 0)
		return ret;
	if (!ret) {
		report_warning("%s: not changed", quote_name(run->operands[0]));
		return 0;
	}
	if (!run_step(run, &write_step)) {
		run->failures++;
		*ret_keep = true;
		report_error("the edited copy is %s", quote_name(edit->path));
	}
	return 0;
}

/* Also files that the editor has left beside the copy, such as a backup. */
static void remove_copy(struct run *run, const struct edit *edit)
{
	int ret = remove_tree(&host_calls, LKL_AT_FDCWD, edit->directory);

	if (ret < 0) {
		report_error("%s: cannot remove: %s",
			     quote_name(edit->directory), strerror(-ret));
		run->failures++;
	}
}

static int run_edit(struct run *run, struct lkl_error *err)
{
	struct edit *edit = run->options;
	bool keep = false;
	int ret;

	edit->edited = mmap(NULL, sizeof(*edit->edited), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (edit->edited == MAP_FAILED)
		return error_no_memory(err);
	edit->fd = -1;
	/* Both steps need the key, and the user has to type it once. */
	run->common.keys.keep_typed = true;
	ret = unlocker_start(run->image, &run->common.keys,
			     sandbox_mode_name(run->common.sandbox),
			     &run->common.unlocker, err);
	if (!ret)
		ret = make_copy(edit, run->operands[0], err);
	if (!ret)
		ret = edit_file(run, edit, &keep, err);
	if (edit->fd >= 0)
		close(edit->fd);
	if (!keep && edit->directory[0])
		remove_copy(run, edit);
	unlocker_end(run->common.unlocker);
	munmap(edit->edited, sizeof(*edit->edited));
	return ret;
}

const struct command edit_command = {
	.name = "edit",
	.operands = "IMAGE FILE",
	.summary = "open a file in an editor",
	.flags = COMMAND_ALONE,
	.min = 1,
	.max = 1,
	.options_size = sizeof(struct edit),
	.run = run_edit,
};
