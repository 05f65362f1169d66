// SPDX-License-Identifier: GPL-2.0-only
/*
 * pack.c - makes read-only file systems with the distribution's builders.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* pipe2 */
#endif
#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "command.h"
#include "program.h"

static const struct packer packers[] = {
	{
		.name = "squashfs",
		.program = "mksquashfs", .package = "squashfs-tools",
		/* Its default is a quarter of the machine's memory. */
		.arguments = { "-", PROGRAM_IMAGE, "-tar", "-noappend",
			       "-no-progress", "-quiet", "-no-recovery",
			       "-exit-on-error", "-mem", "128M" },
		.root_options = true,
		/* 32 bits without a sign. */
		.times = { 0, UINT32_MAX },
	}, {
		.name = "erofs",
		.program = "mkfs.erofs", .package = "erofs-utils",
		.arguments = { "--quiet", "--tar=f" },
		.label_option = "-L", .label_max = 15, .uuid_option = "-U",
	},
};

#define N_PACKERS (sizeof(packers) / sizeof(*packers))

const struct packer *packer_find(const char *name)
{
	size_t i;

	for (i = 0; i < N_PACKERS; i++)
		if (!strcmp(packers[i].name, name))
			return &packers[i];
	return NULL;
}

const struct packer *packer_by_suffix(const char *path)
{
	char suffix[TYPE_SUFFIX_MAX];

	return packer_find(type_suffix(path, suffix));
}

int packer_check_identity(const struct packer *packer,
			  const struct identity *identity,
			  struct lkl_error *err)
{
	const struct kind *ext4 = kind_find("ext4");
	const struct identity uuid = { .uuid = identity->uuid };

	if (identity->label && !packer->label_option)
		return error_set(err, -EINVAL, "--label: %s has no label",
				 packer->name);
	if (identity->label && strlen(identity->label) > packer->label_max)
		return error_set(err, -EINVAL,
				 "--label: a label of %s has at most %u bytes: %s",
				 packer->name, packer->label_max,
				 quote_name(identity->label));
	if (identity->uuid && !packer->uuid_option)
		return error_set(err, -EINVAL, "--uuid: %s has no UUID",
				 packer->name);
	return kind_check_identity(ext4, &uuid, err);
}

int pack_find(const struct packer *packer, struct pack_programs *programs,
	      struct lkl_error *err)
{
	*programs = (struct pack_programs){
		.builder = program_find(packer->program),
		.fs2tar = program_find_sibling("fs2tar"),
	};
	if (!programs->builder)
		return error_set(err, -ENOENT,
				 "cannot make %s: the program %s is not installed (Debian package %s)",
				 packer->name, packer->program,
				 packer->package);
	if (!programs->fs2tar)
		return error_set(err, -ENOENT,
				 "cannot make %s: fs2tar, which belongs to this program, is not installed",
				 packer->name);
	return 0;
}

void pack_programs_free(struct pack_programs *programs)
{
	free(programs->builder);
	free(programs->fs2tar);
}

static int64_t limit_time(const struct packer *packer, int64_t time)
{
	const struct time_range *range = &packer->times;

	if (!range->max)
		return time;
	return time < range->min ? range->min :
		time > range->max ? range->max : time;
}

/* Attributes of the root directory that an archive cannot tell. */
static int add_root(struct command *command, const struct pack *pack)
{
	const struct root_attributes *root = pack->root;
	int ret = command_add(command, "-root-mode");

	if (!ret)
		ret = command_add_format(command, "%o", root->mode);
	if (!ret)
		ret = command_add(command, "-root-time");
	if (!ret)
		ret = command_add_format(command, "%" PRId64,
					 limit_time(pack->packer, root->mtime));
	/* Without effect before 4.6. */
	if (!ret)
		ret = command_add(command, "-root-uid");
	if (!ret)
		ret = command_add_format(command, "%" PRIu32, root->uid);
	if (!ret)
		ret = command_add(command, "-root-gid");
	if (!ret)
		ret = command_add_format(command, "%" PRIu32, root->gid);
	return ret;
}

static int fill_builder(struct command *command, const struct pack *pack)
{
	const struct packer *packer = pack->packer;
	int ret = command_add(command, pack->programs->builder);
	size_t i;

	for (i = 0; !ret && packer->arguments[i]; i++)
		ret = command_add(command, packer->arguments[i]);
	if (!ret)
		ret = command_add_option(command, packer->label_option,
					 pack->identity->label);
	if (!ret)
		ret = command_add_option(command, packer->uuid_option,
					 pack->identity->uuid);
	if (!ret && packer->root_options)
		ret = add_root(command, pack);
	if (!ret)
		ret = command_add_words(command, pack->options);
	/* mksquashfs has it in front. */
	if (!ret && !packer->root_options)
		ret = command_add(command, PROGRAM_IMAGE);
	return ret;
}

static int fill_fs2tar(struct command *command, const struct pack *pack)
{
	static const char *const modes[] = {
		[SANDBOX_STRICT] = "--sandbox=strict",
		[SANDBOX_BEST] = "--sandbox=best",
		[SANDBOX_NONE] = "--sandbox=none",
	};
	const char *const arguments[] = {
		pack->programs->fs2tar, "--quiet", "--type=ext4", "--format=raw",
		"--sort=name", "--for-builder", modes[pack->sandbox],
		PROGRAM_IMAGE,
	};
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < sizeof(arguments) / sizeof(*arguments); i++)
		ret = command_add(command, arguments[i]);
	return ret;
}

static int describe(const struct pack *pack, int ret, struct lkl_error *err)
{
	if (strstr(err->text, "'--tar"))
		error_set(err, ret, "%s: this version reads no archives, %s 1.7 does",
			  pack->packer->program, pack->packer->package);
	return error_prefix(err, ret, "%s", quote_name(pack->name));
}

/* Both programs, with a pipe between them. */
static int run_both(struct program *fs2tar, struct program *builder,
		    struct lkl_error *err)
{
	struct lkl_error other;
	int fds[2], ret, written, started;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot make a pipe: %s",
				 strerror(errno));
	fs2tar->output = fds[1];
	builder->input = fds[0];
	started = ret = program_start(builder, err);
	if (!ret) {
		/* Else the builder would wait for an end of its own. */
		close(fds[0]);
		ret = program_start(fs2tar, err);
		close(fds[1]);
	} else {
		close(fds[0]);
		close(fds[1]);
	}
	if (started < 0)
		return started;
	/* What they say does not hold them up, so their order does not matter. */
	written = ret ? 0 : program_wait(fs2tar, &other);
	if (ret < 0) {
		program_wait(builder, &other);
		return ret;
	}
	ret = program_wait(builder, err);
	/* The builder's reason comes first: fs2tar's may be its end. */
	if (!ret && written < 0) {
		ret = written;
		*err = other;
	}
	return ret;
}

int pack_run(const struct pack *pack, struct lkl_error *err)
{
	cleanup_command struct command builder_command = { .n = 0 };
	cleanup_command struct command fs2tar_command = { .n = 0 };
	struct program builder = {
		.name = pack->packer->program,
		.path = pack->programs->builder,
		.arguments = builder_command.at,
		.image = pack->image,
		.output = -1,
		.sandbox = pack->sandbox,
		.preload = {
			.library = pack->library,
			.seed = pack->seed,
			.time = limit_time(pack->packer,
					   pack->identity->time.sec),
		},
	};
	struct program fs2tar = {
		.name = "fs2tar",
		.path = pack->programs->fs2tar,
		.arguments = fs2tar_command.at,
		.image = pack->scratch,
		.input = -1,
		.sandbox = SANDBOX_NONE,	/* it confines itself */
	};
	int ret = fill_builder(&builder_command, pack);

	if (!ret)
		ret = fill_fs2tar(&fs2tar_command, pack);
	if (ret == -E2BIG)
		return error_set(err, ret, "--mkfs-options: too many words");
	if (ret < 0)
		return error_no_memory(err);
	ret = run_both(&fs2tar, &builder, err);
	return ret < 0 ? describe(pack, ret, err) : 0;
}
