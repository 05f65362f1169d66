// SPDX-License-Identifier: GPL-2.0-only
/*
 * copy-options.c - lklfs copy: which option is for which of the two images.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* vasprintf() */
#endif
#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/options.h"
#include "common/error.h"

#define DEST "dest-"

#define SECOND "the second image"
#define ENTRY(place, name, argument, text)				\
	{ OPTION_LONG_ONLY + place, DEST name, argument,		\
	  text ", as --" name }

/* The keys are the places in this table. */
const struct option_entry copy_entries[] = {
	ENTRY(0, "partition", "WHICH", "of " SECOND " (default: the same)"),
	ENTRY(1, "format", "FORMAT", "of " SECOND),
	ENTRY(2, "offset", "BYTES", "of " SECOND),
	ENTRY(3, "size", "BYTES", "of " SECOND),
	ENTRY(4, "type", "TYPE", "of " SECOND),
	ENTRY(5, "volume", "NAME", "of " SECOND),
	ENTRY(6, "disk", "IMAGE", "beside " SECOND),
	ENTRY(7, "degraded", NULL, "for " SECOND),
	ENTRY(8, "mount-options", "LIST", "of " SECOND),
	ENTRY(9, "unlock", "VOLUME", "for " SECOND),
	ENTRY(10, "luks-header", "FILE", "of " SECOND),
	ENTRY(11, "allow-discards", NULL, "for " SECOND),
	ENTRY(12, "key", "VOLUME:file:PATH", "for " SECOND " only"),
	ENTRY(13, "key-file", "FILE", "for " SECOND " only"),
	ENTRY(14, "key-fd", "FD", "for " SECOND),
	ENTRY(15, "system", "[WHICH]", "of " SECOND),
	ENTRY(16, "veracrypt", "[hidden]", "of " SECOND),
	ENTRY(17, "veracrypt-pim", "N", "of " SECOND),
	{ 0 }
};

void copy_words_free(struct copy_words *words)
{
	while (words->n)
		free(words->at[--words->n]);
}

int copy_words_add(struct copy_words *words, struct lkl_error *err,
		   const char *format, ...)
{
	va_list ap;
	int ret;

	if (words->n == COPY_WORDS_MAX)
		return error_set(err, -E2BIG, "too many options");
	va_start(ap, format);
	ret = vasprintf(&words->at[words->n], format, ap);
	va_end(ap);
	if (ret < 0) {
		words->at[words->n] = NULL;
		return error_no_memory(err);
	}
	words->at[++words->n] = NULL;
	return 0;
}

int copy_dest_add(struct copy_words *words, int key, const char *argument,
		  struct lkl_error *err)
{
	const char *name = copy_entries[key - OPTION_LONG_ONLY].name +
		strlen(DEST);

	if (argument)
		return copy_words_add(words, err, "--%s=%s", name, argument);
	return copy_words_add(words, err, "--%s", name);
}

/* A descriptor can be read once: it is the source's. */
static void drop_descriptors(struct key_options *keys)
{
	unsigned int i, n = 0;

	for (i = 0; i < keys->n_sources; i++)
		if (keys->sources[i].path)
			keys->sources[n++] = keys->sources[i];
	keys->n_sources = n;
}

int copy_dest_options(struct copy_words *words,
		      const struct common_options *common,
		      struct common_options *ret_common,
		      struct lkl_error *err)
{
	struct common_options dest = *common;
	const struct option_group group = common_options_group(&dest);
	const struct option_usage usage = {
		.program = "lklfs copy", .groups = &group, .n_groups = 1,
	};
	static char program[] = "lklfs copy";
	char *argv[COPY_WORDS_MAX + 2] = { program };
	int ret;

	dest.system = NULL;
	dest.format = dest.type = dest.volume = dest.image_snapshot =
		dest.mount_options = NULL;
	dest.offset = dest.size = 0;
	dest.disks = NULL;
	dest.n_disks = 0;
	dest.degraded = dest.keys.unlock_all = dest.keys.allow_discards = false;
	dest.keys.n_unlock = 0;
	dest.keys.luks_header = NULL;
	dest.keys.veracrypt = dest.keys.veracrypt_hidden = false;
	dest.keys.veracrypt_pim = 0;
	drop_descriptors(&dest.keys);
	memcpy(argv + 1, words->at, (words->n + 1) * sizeof(*argv));
	/* glibc: begin anew. */
	optind = 0;
	ret = options_parse(&usage, (int)words->n + 1, argv, err);
	if (ret < 0) {
		free(dest.disks);
		return ret;
	}
	*ret_common = dest;
	return 0;
}

static int add_text(struct copy_words *words, const char *name,
		    const char *value, struct lkl_error *err)
{
	return value ? copy_words_add(words, err, "--%s=%s", name, value) : 0;
}

static int add_flag(struct copy_words *words, const char *name, bool value,
		    struct lkl_error *err)
{
	return value ? copy_words_add(words, err, "--%s", name) : 0;
}

static int add_number(struct copy_words *words, const char *name,
		      uint64_t value, struct lkl_error *err)
{
	return value ? copy_words_add(words, err, "--%s=%" PRIu64, name,
				      value) : 0;
}

/* "": the only one */
static int add_system(struct copy_words *words, const char *system,
		      struct lkl_error *err)
{
	if (!system || !*system)
		return add_flag(words, "system", system, err);
	return add_text(words, "system", system, err);
}

/* The program that gets the words inherits the descriptors. */
static int add_key(struct copy_words *words, const struct key_source *source,
		   struct lkl_error *err)
{
	int len = (int)source->volume_len;

	if (!source->path)
		fcntl(source->fd, F_SETFD, 0);
	/* The name of a volume is the beginning of --key's argument. */
	if (len && source->path)
		return copy_words_add(words, err, "--key=%.*s:file:%s", len,
				      source->volume, source->path);
	if (len)
		return copy_words_add(words, err, "--key=%.*s:fd:%d", len,
				      source->volume, source->fd);
	if (source->path)
		return add_text(words, "key-file", source->path, err);
	return copy_words_add(words, err, "--key-fd=%d", source->fd);
}

static int add_keys(struct copy_words *words, const struct key_options *keys,
		    struct lkl_error *err)
{
	unsigned int i;
	int ret = add_text(words, "luks-header", keys->luks_header, err);

	if (!ret && keys->veracrypt_hidden)
		ret = add_text(words, "veracrypt", "hidden", err);
	else if (!ret)
		ret = add_flag(words, "veracrypt", keys->veracrypt, err);
	if (!ret)
		ret = add_number(words, "veracrypt-pim", keys->veracrypt_pim,
				 err);
	for (i = 0; i < keys->n_sources && !ret; i++)
		ret = add_key(words, &keys->sources[i], err);
	for (i = 0; i < keys->n_unlock && !ret; i++)
		ret = add_text(words, "unlock", keys->unlock[i], err);
	if (!ret)
		ret = add_text(words, "unlock", keys->unlock_all ? "all" : NULL,
			       err);
	return ret;
}

int copy_source_words(const struct common_options *common,
		      struct copy_words *words, struct lkl_error *err)
{
	unsigned int i;
	int ret = 0;

	if (add_text(words, "format", common->format, err) ||
	    add_number(words, "offset", common->offset, err) ||
	    add_number(words, "size", common->size, err) ||
	    add_text(words, "type", common->type, err) ||
	    add_text(words, "partition", common->partition, err) ||
	    add_text(words, "volume", common->volume, err) ||
	    add_text(words, "image-snapshot", common->image_snapshot, err) ||
	    add_text(words, "mount-options", common->mount_options, err) ||
	    add_system(words, common->system, err) ||
	    add_flag(words, "degraded", common->degraded, err) ||
	    add_flag(words, "allow-backing", common->allow_backing, err) ||
	    add_flag(words, "no-lock", common->no_lock, err) ||
	    add_number(words, "memory", common->memory, err) ||
	    add_text(words, "sandbox", sandbox_mode_name(common->sandbox), err))
		return -EINVAL;
	for (i = 0; i < common->n_disks && !ret; i++)
		ret = add_text(words, "disk", common->disks[i], err);
	return ret ? ret : add_keys(words, &common->keys, err);
}
