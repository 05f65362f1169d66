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
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/sandbox/sandbox.h"

#define CAP(name) (1ull << CAP_ ## name)

/* Files of other users, their access times, trusted attributes. */
#define READING_NEEDS	(CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) | \
			 CAP(FOWNER) | CAP(SYS_ADMIN))
/* And all that a copy restores. */
#define WRITING_NEEDS	(READING_NEEDS | CAP(CHOWN) | CAP(FSETID) | \
			 CAP(MKNOD) | CAP(SETFCAP))

/* The last path is empty.  @made is owned. */
struct granted_paths {
	struct sandbox_path *at;
	size_t n;
	char *made;
};

static void granted_paths_free(struct granted_paths *paths)
{
	free(paths->at);
	free(paths->made);
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

/* @path if it is a directory, or the nearest one above it that exists. */
static char *existing_directory(const char *path)
{
	char *real = realpath(path, NULL), *copy, *slash;
	struct stat st;

	if (real && !stat(real, &st) && S_ISDIR(st.st_mode))
		return real;
	copy = real ? real : strdup(path);
	while (copy && (slash = strrchr(copy, '/'))) {
		/* The root keeps its slash. */
		slash[slash == copy] = '\0';
		if (!stat(copy, &st) && S_ISDIR(st.st_mode))
			return copy;
		if (slash == copy)
			break;
	}
	free(copy);
	return strdup(".");
}

static int collect_paths(struct granted_paths *paths,
			 const struct arguments *arguments)
{
	const struct operands *operands = &arguments->operands;
	size_t i;

	/* The sources, one more, and the end. */
	paths->at = calloc(operands->n + 3, sizeof(*paths->at));
	if (!paths->at)
		return -ENOMEM;
	if (!arguments->into_image) {
		paths->made = existing_directory(operands->dest);
		if (!paths->made)
			return -ENOMEM;
		grant_path(paths, paths->made, SANDBOX_READ | SANDBOX_WRITE);
		return 0;
	}
	/* Links may lead anywhere. */
	if (arguments->settings.follow == FOLLOW_ALL)
		grant_path(paths, "/", SANDBOX_READ);
	for (i = 0; i < operands->n; i++)
		grant_path(paths, operands->sources[i], SANDBOX_READ);
	/* With nothing granted, even stat() would say "Permission denied". */
	if (!paths->n && !arguments->tar)
		grant_path(paths, "/dev/null", SANDBOX_READ);
	return 0;
}

int confine(const struct arguments *arguments, const struct session *session,
	    struct lkl_error *err)
{
	struct sandbox_options options = {
		.keep_capabilities = arguments->into_image ? READING_NEEDS :
			WRITING_NEEDS,
		.network = session_uses_sockets(session),
	};
	cleanup_paths struct granted_paths paths = { 0 };
	int layers;

	if (arguments->common.no_sandbox)
		return 0;
	if (collect_paths(&paths, arguments) < 0)
		return error_no_memory(err);
	options.paths = paths.at;
	layers = sandbox_enter(&options, err);
	return layers < 0 ? layers : 0;
}
