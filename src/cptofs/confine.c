// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine.c - the sandbox of cptofs and cpfromfs.
 *
 * Other tools open no files of the host while the image's kernel runs.  These
 * two have to: Landlock grants them the files that the user named.  Missing
 * files are left out here and reported when they are to be copied.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* asprintf */
#endif
#include "confine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "common/copy/host-guardian.h"
#include "common/sandbox/sandbox.h"
#include "link-targets.h"

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
	char *staging, *name;		/* of struct staging, or NULL */
	struct link_targets targets;
};

static void granted_paths_free(struct granted_paths *paths)
{
	free(paths->at);
	free(paths->owned);
	free(paths->staging);
	free(paths->name);
	link_targets_free(&paths->targets);
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

/*
 * A directory in which to make the destination.  The first @len bytes of the
 * destination name an existing directory.
 */
static int make_staging(struct granted_paths *paths, const char *dest,
			size_t len, struct lkl_error *err)
{
	const char *name = dest + len;

	name += strspn(name, "/");
	paths->name = strndup(name, strcspn(name, "/"));
	if (!paths->name ||
	    asprintf(&paths->staging, "%s/.cpfromfs-XXXXXX",
		     *paths->owned ? paths->owned : ".") < 0) {
		paths->staging = NULL;
		return error_no_memory(err);
	}
	if (mkdtemp(paths->staging))
		return 0;
	free(paths->staging);
	paths->staging = NULL;
	return error_set(err, -errno, "%s: cannot make a temporary directory: %s",
			 quote_name(*paths->owned ? paths->owned : "."),
			 strerror(errno));
}

/*
 * A file that is to be overwritten.  It may be anywhere: DEST may be a link.
 * Nothing beside it is granted.  What replaces a regular file, or a link if the
 * user said so, is made in a staging directory.  Devices and pipes stay.
 */
static int grant_existing_file(struct granted_paths *paths,
			       struct arguments *arguments, size_t len)
{
	struct operands *operands = &arguments->operands;
	const struct settings *settings = &arguments->settings;
	const char *dest = operands->dest;
	struct stat st;

	operands->overwrites = true;
	if (!is_directory(dest))
		grant_path(paths, dest, SANDBOX_READ | SANDBOX_WRITE);
	if (settings->dry_run || settings->keep_existing || lstat(dest, &st) ||
	    !(S_ISREG(st.st_mode) ||
	      (S_ISLNK(st.st_mode) &&
	       (settings->remove_existing || is_directory(dest)))))
		return 0;
	/* Where no directory can be made, no file could be replaced. */
	if (make_staging(paths, dest, len, NULL) < 0)
		return 0;
	operands->staging = strdup(paths->staging);
	if (!operands->staging)
		return -ENOMEM;
	grant_path(paths, paths->staging, SANDBOX_READ | SANDBOX_WRITE);
	return 0;
}

/* Without --mkdir, only the last component of the destination may be missing. */
static int check_parent(const struct operands *operands, struct lkl_error *err)
{
	const char *dest = operands->dest;
	cleanup_free char *parent = strndup(dest, parent_len(dest, strlen(dest)));

	if (!parent)
		return error_no_memory(err);
	if (operands->mkdir || !*parent || is_directory(parent))
		return 0;
	if (!access(parent, F_OK))
		errno = ENOTDIR;
	return error_set(err, -errno, "cannot open directory %s: %s",
			 quote_name(parent), strerror(errno));
}

/*
 * The destination of cpfromfs.  If it is a directory, that becomes the root of
 * the sandbox; if it does not exist, a staging directory does.
 */
static int grant_destination(struct granted_paths *paths,
			     struct arguments *arguments,
			     struct sandbox_options *options,
			     struct lkl_error *err)
{
	struct operands *operands = &arguments->operands;
	const char *dest = operands->dest;
	size_t len = existing_part(dest);
	int ret;

	/* -T replaces a link to a directory, in the directory that it is in. */
	if (operands->dest_is_file && is_link(dest))
		len = parent_len(dest, strlen(dest));
	paths->owned = strndup(dest, len);
	if (!paths->owned)
		return error_no_memory(err);
	if (!access(dest, F_OK) &&
	    (!is_directory(dest) || (operands->dest_is_file && is_link(dest))))
		return grant_existing_file(paths, arguments, len) ?
			error_no_memory(err) : 0;
	/* Nothing is written through a link that leads nowhere. */
	if (*dest && !is_directory(dest) && !is_link(dest) &&
	    !arguments->settings.dry_run) {
		ret = check_parent(operands, err);
		if (!ret)
			ret = make_staging(paths, dest, len, err);
		if (ret < 0)
			return ret;
	}
	options->root = paths->staging ? paths->staging :
		*paths->owned ? paths->owned : ".";
	operands->has_root = true;
	operands->root_len = len;
	return 0;
}

static void grant_sources(struct granted_paths *paths,
			  const struct arguments *arguments)
{
	const struct operands *operands = &arguments->operands;
	size_t i;

	for (i = 0; i < operands->n; i++)
		grant_path(paths, operands->sources[i], SANDBOX_READ);
	for (i = 0; i < paths->targets.n; i++)
		grant_path(paths, paths->targets.at[i], SANDBOX_READ);
	/* With nothing granted, even stat() would say "Permission denied". */
	if (!paths->n && !arguments->tar)
		grant_path(paths, "/dev/null", SANDBOX_READ);
}

static int start_reading_guardian(const struct arguments *arguments,
				  const struct link_targets *targets,
				  struct lkl_error *err)
{
	const struct operands *operands = &arguments->operands;
	cleanup_free const char **sources =
		calloc(operands->n + targets->n + 1, sizeof(*sources));
	size_t i;

	if (!sources)
		return error_no_memory(err);
	for (i = 0; i < operands->n; i++)
		sources[i] = operands->sources[i];
	for (i = 0; i < targets->n; i++)
		sources[operands->n + i] = targets->at[i];
	return host_guardian_start(NULL, NULL, sources, err);
}

/* It is not needed if nothing is changed, and nothing has to be privileged. */
static int start_guardian(const struct arguments *arguments,
			  const struct granted_paths *paths,
			  struct lkl_error *err)
{
	const char *parent = paths->owned && *paths->owned ? paths->owned : ".";
	const struct staging staging = {
		.parent = parent, .directory = paths->staging,
		.name = paths->name,
		.replaced = arguments->operands.overwrites ?
			arguments->operands.dest : NULL,
	};
	int ret;

	if (arguments->into_image)
		return arguments->tar || arguments->settings.dry_run ||
			!sandbox_has_capability(CAP_SYS_ADMIN) ? 0 :
			start_reading_guardian(arguments, &paths->targets, err);
	if (arguments->settings.dry_run)
		return 0;
	if (!paths->staging)
		return arguments->operands.overwrites ? 0 :
			host_guardian_start(parent, NULL, NULL, err);
	ret = host_guardian_start(paths->staging, &staging, NULL, err);
	if (ret < 0)
		rmdir(paths->staging);
	return ret;
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
	int ret = 0;

	if (arguments->common.sandbox == SANDBOX_NONE)
		return session_enter_sandbox(session, &options, err);
	if (arguments->into_image && !arguments->tar &&
	    arguments->settings.follow == FOLLOW_ALL)
		ret = link_targets_find(arguments, &paths.targets);
	if (ret == -EINTR)
		return error_set(err, ret, "interrupted, nothing was copied");
	if (ret < 0)
		return error_no_memory(err);
	/* The sources, or what a destination needs; one more, and the end. */
	paths.at = calloc(arguments->operands.n + paths.targets.n + 3,
			  sizeof(*paths.at));
	if (!paths.at)
		return error_no_memory(err);
	options.paths = paths.at;
	if (arguments->into_image)
		grant_sources(&paths, arguments);
	else
		ret = grant_destination(&paths, arguments, &options, err);
	if (!ret)
		ret = start_guardian(arguments, &paths, err);
	return ret < 0 ? ret : session_enter_sandbox(session, &options, err);
}
