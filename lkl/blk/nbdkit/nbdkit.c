// SPDX-License-Identifier: GPL-2.0-only
/*
 * nbdkit.c - images that nbdkit serves: on a web server, or compressed.
 *
 * They can only be read.  nbdkit is confined like qemu-nbd (server/confine.c):
 * it can open a compressed image, or connect to other hosts, but not both.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blk/blk.h"
#include "blk/error.h"
#include "blk/nbd/library.h"
#include "blk/server/server.h"

static const struct {
	const char *format, *filter;
	bool temporary_files;
} compressions[] = {
	{ "xz", "xz", false },
	{ "gz", "gzip", true },		/* decompresses all of it first */
};

static const char *nbdkit_find_filter(const char *format)
{
	size_t i;

	for (i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++)
		if (!strcmp(compressions[i].format, format))
			return compressions[i].filter;
	return NULL;
}

static bool nbdkit_needs_files(const char *format)
{
	size_t i;

	for (i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++)
		if (!strcmp(compressions[i].format, format))
			return compressions[i].temporary_files;
	return false;
}

bool nbdkit_knows(const char *format)
{
	return nbdkit_find_filter(format);
}

static int nbdkit_find(struct server_command *s, const char *kind,
		       struct lkl_error *err)
{
	static char name[] = "nbdkit";
	struct lkl_error reason;

	/* Without libnbd a server would be of no use. */
	if (nbd_library_load(&reason))
		return lkl_fail(err, -ENOTSUP, "%s needs NBD: %.384s", kind,
				reason.text);
	s->program = server_find_program(name);
	if (!s->program)
		return lkl_fail(err, -ENOTSUP,
				"%s needs nbdkit, which is not installed (Debian: nbdkit)",
				kind);
	s->args[s->n_args++] = name;
	s->kind = kind;
	if (server_add_arg(s, "--foreground") ||
	    server_add_arg(s, "--read-only"))
		return lkl_fail(err, -ENOMEM, "out of memory");
	return 0;
}

static int nbdkit_check_flags(unsigned int flags, const char *what,
			      struct lkl_error *err)
{
	if (flags & BLK_OPEN_READ_ONLY)
		return 0;
	return lkl_fail(err, -EROFS, "cannot open for writing: %s can only be read",
			what);
}

int nbdkit_open_compressed(const char *path, const char *format,
			   unsigned int flags, struct blk **ret_blk,
			   struct lkl_error *err)
{
	__attribute__((cleanup(server_free_command))) struct server_command s =
		{ SERVER_COMMAND_INIT };
	char *image;
	int ret = nbdkit_check_flags(flags, "a compressed image", err);

	if (!ret)
		ret = nbdkit_find(&s, format, err);
	if (ret)
		return ret;
	image = realpath(path, NULL);
	if (!image)
		return lkl_fail(err, -errno, "cannot open: %m");
	s.limits = (struct server_limits){ .image = image };
	s.temporary_files = nbdkit_needs_files(format);
	if (server_add_arg(&s, "--filter=%s", nbdkit_find_filter(format)) ||
	    server_add_arg(&s, "file") || server_add_arg(&s, "file=%s", image))
		ret = lkl_fail(err, -ENOMEM, "out of memory");
	else
		ret = server_open(&s, flags, ret_blk, err);
	free(image);
	return ret;
}

/*
 * What was read is kept in a temporary file, and more than was asked for is read.
 * A request that fails is repeated for some minutes.
 */
int nbdkit_open_web(const char *path, unsigned int flags, struct blk **ret_blk,
		    struct lkl_error *err)
{
	__attribute__((cleanup(server_free_command))) struct server_command s =
		{ SERVER_COMMAND_INIT };
	int ret = nbdkit_check_flags(flags, "an image on a web server", err);

	if (!ret)
		ret = nbdkit_find(&s, "an image on a web server", err);
	if (ret)
		return ret;
	s.kind = "an image on a web server";
	s.limits = (struct server_limits){ .network = true };
	s.temporary_files = true;
	/* A redirection may not lead to another protocol, such as file:. */
	if (server_add_arg(&s, "--filter=readahead") ||
	    server_add_arg(&s, "--filter=cache") ||
	    server_add_arg(&s, "--filter=retry") ||
	    server_add_arg(&s, "curl") || server_add_arg(&s, "url=%s", path) ||
	    server_add_arg(&s, "protocols=http,https") ||
	    server_add_arg(&s, "cache-on-read=true") ||
	    server_add_arg(&s, "cache-max-size=1G"))
		return lkl_fail(err, -ENOMEM, "out of memory");
	return server_open(&s, flags, ret_blk, err);
}
