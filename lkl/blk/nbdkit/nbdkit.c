// SPDX-License-Identifier: GPL-2.0-only
/*
 * nbdkit.c - images that nbdkit serves: from other hosts, or compressed, or both.
 *
 * sources.c has the kinds of hosts.  nbdkit is confined like qemu-nbd
 * (server/confine.c): it can open a compressed image, or connect to other hosts,
 * but not both.
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
#include "sources.h"

/*
 * Debian 12's plugins do one request at a time, and readahead does nothing for them:
 * the kernel reads ahead.
 */
#define OPTIMAL_SIZE	(1u << 19)

struct nbdkit_compression {
	const char *format, *filter;
	bool temporary_files;
};

static const struct nbdkit_compression compressions[] = {
	{ "xz", "xz", false },
	{ "gz", "gzip", true },		/* decompresses all of it first */
};

static const struct nbdkit_compression *nbdkit_find_compression(const char *format)
{
	size_t i;

	for (i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++)
		if (!strcmp(compressions[i].format, format))
			return &compressions[i];
	return NULL;
}

bool nbdkit_knows(const char *format)
{
	return nbdkit_find_compression(format);
}

static int nbdkit_find(struct server_command *s, unsigned int flags,
		       struct lkl_error *err)
{
	static char name[] = "nbdkit";
	struct lkl_error reason;

	/* Without libnbd a server would be of no use. */
	if (nbd_library_load(&reason))
		return lkl_fail(err, -ENOTSUP, "%s needs NBD: %.384s", s->kind,
				reason.text);
	s->program = server_find_program(name);
	if (!s->program)
		return lkl_fail(err, -ENOTSUP,
				"%s needs nbdkit, which is not installed (Debian: nbdkit)",
				s->kind);
	s->args[s->n_args++] = name;
	if (server_add_arg(s, "--foreground") ||
	    (flags & BLK_OPEN_READ_ONLY && server_add_arg(s, "--read-only")))
		return lkl_fail(err, -ENOMEM, "out of memory");
	return 0;
}

/*
 * What was read is kept in a temporary file, and more than was asked for is read.
 * A request that fails is repeated for a minute.  A host that lost data between
 * two connections could not be told from one that did not: what failed once is
 * only read from then on.
 */
static int nbdkit_add_remote_filters(struct server_command *s,
				     unsigned int flags)
{
	s->temporary_files = true;
	if (server_add_arg(s, "--filter=readahead") ||
	    server_add_arg(s, "--filter=cache") ||
	    server_add_arg(s, "--filter=retry"))
		return -ENOMEM;
	if (!(flags & BLK_OPEN_COUNT))
		return 0;
	s->log_key = "logfile";
	return server_add_arg(s, "--filter=log");
}

static int nbdkit_add_remote_settings(struct server_command *s)
{
	if (server_add_arg(s, "cache-on-read=true") ||
	    server_add_arg(s, "cache-max-size=1G") ||
	    server_add_arg(s, "cache=writethrough"))
		return -ENOMEM;
	return server_add_arg(s, "retry-readonly=true");
}

/* The arguments from the first filter on, for an image on another host. */
static int nbdkit_add_remote(struct server_command *s, const char *path,
			     unsigned int flags, struct lkl_error *err)
{
	const struct nbdkit_source *source = nbdkit_find_source(path);
	int ret;

	s->limits.network = true;
	if (nbdkit_add_remote_filters(s, flags))
		return lkl_fail(err, -ENOMEM, "out of memory");
	ret = source->add(s, path, err);
	if (!ret && nbdkit_add_remote_settings(s))
		ret = lkl_fail(err, -ENOMEM, "out of memory");
	return ret;
}

static int nbdkit_add_file(struct server_command *s, const char *path,
			   struct lkl_error *err)
{
	s->image = realpath(path, NULL);
	if (!s->image)
		return lkl_fail(err, -errno, "cannot open: %m");
	s->limits.image = s->image;
	if (server_add_arg(s, "file") ||
	    server_add_arg(s, "file=%s", s->image))
		return lkl_fail(err, -ENOMEM, "out of memory");
	return 0;
}

int nbdkit_open_compressed(const char *path, const char *format,
			   unsigned int flags, struct blk **ret_blk,
			   struct lkl_error *err)
{
	__attribute__((cleanup(server_free_command))) struct server_command s =
		{ SERVER_COMMAND_INIT };
	const struct nbdkit_compression *compression =
		nbdkit_find_compression(format);
	int ret = server_check_flags(flags, "a compressed image", err);

	s.kind = format;
	s.temporary_files = compression->temporary_files;
	if (!ret)
		ret = nbdkit_find(&s, flags, err);
	if (!ret && server_add_arg(&s, "--filter=%s", compression->filter))
		ret = lkl_fail(err, -ENOMEM, "out of memory");
	if (!ret && nbdkit_find_source(path))
		ret = nbdkit_add_remote(&s, path, flags, err);
	else if (!ret)
		ret = nbdkit_add_file(&s, path, err);
	if (!ret)
		ret = server_open(&s, flags, ret_blk, err);
	if (!ret && s.limits.network)
		(*ret_blk)->optimal_size = OPTIMAL_SIZE;
	return ret;
}

int nbdkit_open_remote(const char *path, unsigned int flags,
		       struct blk **ret_blk, struct lkl_error *err)
{
	__attribute__((cleanup(server_free_command))) struct server_command s =
		{ SERVER_COMMAND_INIT };
	const struct nbdkit_source *source = nbdkit_find_source(path);
	int ret = source->writable ? 0 :
		server_check_flags(flags, source->kind, err);

	s.kind = source->kind;
	if (!ret)
		ret = nbdkit_find(&s, flags, err);
	if (!ret)
		ret = nbdkit_add_remote(&s, path, flags, err);
	if (!ret)
		ret = server_open(&s, flags, ret_blk, err);
	if (!ret)
		(*ret_blk)->optimal_size = OPTIMAL_SIZE;
	return ret;
}
