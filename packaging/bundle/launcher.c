// SPDX-License-Identifier: GPL-2.0-only
/*
 * launcher.c - starts a program of the bundle with the bundle's own libraries.
 *
 * It is linked statically, and each name in bin/, sbin/ and lib/liblkl/ of the bundle
 * is a link to it.  The bundle may be anywhere:
 *
 *	TOP/.../NAME		this program
 *	TOP/loader/NAME		the dynamic loader, under the program's name for ps
 *	TOP/libexec/NAME	the program
 *	TOP/lib			its libraries
 *	TOP/sbin		mkfs programs, used if the host has none
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "lkl bundle: %s: %s\n", what, strerror(errno));
	return 126;
}

/* The path of this program without links; /proc may be missing. */
static char *own_path(void)
{
	char *path = realpath("/proc/self/exe", NULL);

	return path ? path :
		realpath((const char *)getauxval(AT_EXECFN), NULL);
}

/*
 * The folder above @path that has loader/NAME: @path becomes TOP.  Returns the path
 * of the loader, or NULL.
 */
static char *find_loader(char *path, const char *name)
{
	char *slash, *loader;

	while ((slash = strrchr(path, '/'))) {
		*slash = '\0';
		if (asprintf(&loader, "%s/loader/%s", path, name) < 0)
			return NULL;
		if (!access(loader, X_OK))
			return loader;
		free(loader);
	}
	errno = ENOENT;
	return NULL;
}

static int append_to_path(const char *folder)
{
	const char *path = getenv("PATH");
	char *longer;

	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	if (asprintf(&longer, "%s:%s", path, folder) < 0)
		return -1;
	return setenv("PATH", longer, 1);
}

int main(int argc, char **argv)
{
	char *top = own_path(), *name, *loader, *program, *libraries, *sbin;
	char **args;
	int n = 0, i;

	if (!top)
		return fail("cannot find its folder");
	name = strdup(strrchr(top, '/') + 1);
	loader = name ? find_loader(top, name) : NULL;
	if (!loader)
		return fail("cannot find its loader");
	if (asprintf(&program, "%s/libexec/%s", top, name) < 0 ||
	    asprintf(&libraries, "%s/lib", top) < 0 ||
	    asprintf(&sbin, "%s/sbin", top) < 0 || append_to_path(sbin) < 0)
		return fail("cannot start");
	args = calloc((size_t)argc + 8, sizeof(*args));
	if (!args)
		return fail("cannot start");
	args[n++] = loader;
	args[n++] = (char *)"--inhibit-cache";
	args[n++] = (char *)"--library-path";
	args[n++] = libraries;
	args[n++] = (char *)"--argv0";
	args[n++] = argc ? argv[0] : name;
	args[n++] = program;
	for (i = 1; i < argc; i++)
		args[n++] = argv[i];
	execv(loader, args);
	return fail(loader);
}
