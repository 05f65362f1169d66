// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine.c - the sandbox of cptofs and cpfromfs.
 *
 * Other tools open no files of the host while the image's kernel runs.  These
 * two have to: Landlock grants them the files that the user named.  Missing
 * files are left out here and reported when they are to be copied.
 */
#include "confine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/copy/host-guardian.h"
#include "common/sandbox/sandbox.h"

#define CAP(name) (1ull << CAP_ ## name)

/* Files of other users, and their access times. */
#define READING_NEEDS	(CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) | \
			 CAP(FOWNER))
/* And what a copy restores by descriptor; a guardian does the rest. */
#define WRITING_NEEDS	(READING_NEEDS | CAP(CHOWN) | CAP(FSETID) | \
			 CAP(SETFCAP))

/* The last path is empty.  Those in @owned are freed. */
struct granted_paths {
	struct sandbox_path *at;
	size_t n;
	char *owned;
};

static void granted_paths_free(struct granted_paths *paths)
{
	free(paths->at);
	free(paths->owned);
}

#define cleanup_paths __attribute__((cleanup(granted_paths_free)))

static void grant_path(struct granted_paths *paths, const char *path,
		       unsigned int access_)
{
	/* Reading a dangling link needs no rights. */
	if (access(path, F_OK) < 0)
		return;
	paths->at[paths->n++] = (struct sandbox_path){ path, access_ };
}

static bool is_link(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISLNK(st.st_mode);
}

static bool is_directory(const char *path)
{
	struct stat st;

	return !stat(*path ? path : ".", &st) && S_ISDIR(st.st_mode);
}

/* Without the last component; the slash in front of that stays. */
static size_t parent_len(const char *path, size_t len)
{
	while (len && path[len - 1] == '/')
		len--;
	while (len && path[len - 1] != '/')
		len--;
	return len;
}

/*
 * The first part of a path that is a directory: all of it, or the nearest
 * parent that exists.  Returns the length, 0 for the current directory.
 */
static size_t existing_part(const char *path)
{
	char *copy = strdup(path);
	size_t len = strlen(path);

	while (copy && len && !is_directory(copy)) {
		len = parent_len(copy, len);
		copy[len] = '\0';
	}
	free(copy);
	return copy ? len : 0;
}

/* A file that is to be overwritten may be anywhere: DEST may be a link. */
static void grant_existing_file(struct granted_paths *paths,
				const char *dest, char *parent)
{
	struct stat st;

	grant_path(paths, dest, SANDBOX_READ | SANDBOX_WRITE);
	/* A regular file may have to be replaced; a device never is. */
	grant_path(paths, *parent ? parent : ".",
		   !stat(dest, &st) && S_ISREG(st.st_mode) ?
		   SANDBOX_READ | SANDBOX_WRITE : SANDBOX_READ);
}

/*
 * The destination of cpfromfs.  If it is a directory, or does not exist yet,
 * the directory becomes the root of the sandbox.
 */
static int grant_destination(struct granted_paths *paths,
			     struct operands *operands,
			     struct sandbox_options *options)
{
	const char *dest = operands->dest;
	size_t len = existing_part(dest);

	/* -T replaces a link to a directory, in the directory that it is in. */
	if (operands->dest_is_file && is_link(dest))
		len = parent_len(dest, strlen(dest));
	paths->owned = strndup(dest, len);
	if (!paths->owned)
		return -ENOMEM;
	if (!access(dest, F_OK) && !is_directory(dest)) {
		grant_existing_file(paths, dest, paths->owned);
	} else {
		options->root = *paths->owned ? paths->owned : ".";
		operands->has_root = true;
		operands->root_len = len;
	}
	return 0;
}

static void grant_sources(struct granted_paths *paths,
			  const struct arguments *arguments)
{
	const struct operands *operands = &arguments->operands;
	size_t i;

	/* Links may lead anywhere. */
	if (arguments->settings.follow == FOLLOW_ALL)
		grant_path(paths, "/", SANDBOX_READ);
	for (i = 0; i < operands->n; i++)
		grant_path(paths, operands->sources[i], SANDBOX_READ);
	/* With nothing granted, even stat() would say "Permission denied". */
	if (!paths->n && !arguments->tar)
		grant_path(paths, "/dev/null", SANDBOX_READ);
}

/* It is not needed if nothing is changed, and nothing has to be privileged. */
static int start_guardian(const struct arguments *arguments,
			  const struct granted_paths *paths,
			  struct lkl_error *err)
{
	const char *parent = paths->owned;

	if (arguments->into_image)
		return arguments->tar || arguments->settings.dry_run ||
			!sandbox_has_capability(CAP_SYS_ADMIN) ? 0 :
			host_guardian_start(NULL, err);
	return arguments->settings.dry_run ? 0 :
		host_guardian_start(*parent ? parent : ".", err);
}

int confine(struct arguments *arguments, const struct session *session,
	    struct lkl_error *err)
{
	struct sandbox_options options = {
		.keep_capabilities = arguments->into_image ? READING_NEEDS :
			WRITING_NEEDS,
		.network = session_uses_sockets(session),
	};
	cleanup_paths struct granted_paths paths = { 0 };
	int ret;

	if (arguments->common.sandbox == SANDBOX_NONE)
		return session_enter_sandbox(session, &options, err);
	/* The sources, or what a destination needs; one more, and the end. */
	paths.at = calloc(arguments->operands.n + 3, sizeof(*paths.at));
	if (!paths.at)
		return error_no_memory(err);
	options.paths = paths.at;
	if (arguments->into_image)
		grant_sources(&paths, arguments);
	else if (grant_destination(&paths, &arguments->operands, &options) < 0)
		return error_no_memory(err);
	ret = start_guardian(arguments, &paths, err);
	return ret < 0 ? ret : session_enter_sandbox(session, &options, err);
}
