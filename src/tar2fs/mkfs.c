// SPDX-License-Identifier: GPL-2.0-only
/*
 * mkfs.c - runs the distribution's program that makes an empty file system.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* asprintf */
#endif
#include "mkfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mkfs/fixed-mkfs.h"
#include "command.h"
#include "program.h"

int mkfs_find(const struct kind *kind, char **ret_path, struct lkl_error *err)
{
	char *path = program_find(kind->program);

	if (!path)
		return error_set(err, -ENOENT,
				 "cannot make %s: the program %s is not installed (Debian package %s)",
				 kind->name, kind->program, kind->package);
	*ret_path = path;
	return 0;
}

int mkfs_find_library(const struct kind *kind, bool fixed, char **ret_library,
		      struct lkl_error *err)
{
	int ret;

	*ret_library = NULL;
	if (!fixed && !kind->looks_at_mounts)
		return 0;
	ret = fixed_mkfs_find(ret_library, err);
	/* The program may fail, and then says why; on most hosts it does not. */
	return ret < 0 && fixed ? ret : 0;
}

/* The value, without the dashes for the volume id of FAT. */
static char *uuid_argument(const struct kind *kind, const char *uuid)
{
	char *text, *to, *from;

	if (asprintf(&text, "%s%s", kind->uuid_prefix ? kind->uuid_prefix : "",
		     uuid) < 0)
		return NULL;
	if (!strcmp(kind->name, "vfat")) {
		for (from = to = text; *from; from++)
			if (*from != '-')
				*to++ = *from;
		*to = '\0';
	}
	return text;
}

static int command_add_inodes(struct command *command, const struct mkfs *mkfs)
{
	int ret;

	if (!mkfs->kind->inodes_option || !mkfs->inodes)
		return 0;
	ret = command_add(command, mkfs->kind->inodes_option);
	return ret < 0 ? ret :
		command_add_format(command, "%" PRIu64, mkfs->inodes);
}

/* A fixed root directory with room for all entries, and some more. */
static int command_add_root(struct command *command, const struct mkfs *mkfs)
{
	const struct kind *kind = mkfs->kind;
	uint64_t entries;
	size_t i;
	int ret = 0;

	if (!kind->root_option)
		return 0;
	/* Whole sectors of up to 4096 bytes. */
	entries = (mkfs->root_bytes / kind->root_entry + 16 + 127) / 128 * 128;
	if (entries <= kind->root_default)
		return 0;
	if (entries > kind->root_max) {
		for (i = 0; !ret && kind->rootless[i]; i++)
			ret = command_add(command, kind->rootless[i]);
		return ret;
	}
	ret = command_add(command, kind->root_option);
	return ret < 0 ? ret : command_add_format(command, "%" PRIu64, entries);
}

/* The user's options come last, so that they win. */
static int command_fill(struct command *command, const struct mkfs *mkfs)
{
	const struct identity *identity = mkfs->identity;
	const struct kind *kind = mkfs->kind;
	int ret = command_add(command, mkfs->program);
	size_t i;

	for (i = 0; !ret && kind->arguments[i]; i++)
		ret = command_add(command, kind->arguments[i]);
	if (!ret)
		ret = command_add_option(command, kind->label_option,
					 identity->label);
	if (!ret && identity->uuid) {
		ret = command_add(command, kind->uuid_option);
		if (!ret)
			ret = command_add_owned(command,
				uuid_argument(kind, identity->uuid));
	}
	if (!ret)
		ret = command_add_inodes(command, mkfs);
	if (!ret)
		ret = command_add_root(command, mkfs);
	if (!ret)
		ret = command_add_words(command, mkfs->options);
	if (!ret)
		ret = command_add(command, PROGRAM_IMAGE);
	return ret;
}

int mkfs_run(const struct mkfs *mkfs, const char *image,
	     struct lkl_error *err)
{
	cleanup_command struct command command = { .n = 0 };
	struct program program = {
		.name = mkfs->kind->program,
		.path = mkfs->program,
		.image = image,
		.input = -1, .output = -1,
		.sandbox = mkfs->sandbox,
		.preload = {
			.library = mkfs->library,
			.seed = mkfs->seed,
			.time = mkfs->identity->time.sec,
			.hides_mounts = mkfs->kind->looks_at_mounts,
		},
	};
	int ret = command_fill(&command, mkfs);

	if (ret == -E2BIG)
		return error_set(err, ret, "--mkfs-options: too many words");
	if (ret < 0)
		return error_no_memory(err);
	program.arguments = command.at;
	ret = program_start(&program, err);
	return ret < 0 ? ret : program_wait(&program, err);
}
