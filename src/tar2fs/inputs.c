// SPDX-License-Identifier: GPL-2.0-only
/*
 * inputs.c - the folders and archives that go into a file system, in their order.
 *
 * This opens them and reads none of their bytes.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* O_TMPFILE, mkostemp */
#endif
#include "inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/archive-library.h"
#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "common/same-file.h"
#include "container/plan.h"

/* By names only: the content is looked at in the sandbox. */
static bool folder_may_be_container(int fd)
{
	return !faccessat(fd, "oci-layout", F_OK, 0) ||
		!faccessat(fd, "manifest.json", F_OK, 0);
}

static int input_load_libraries(const struct input *input,
				struct lkl_error *err)
{
	if (!input->may_be_container)
		return 0;
	container_libraries_load();
	return archive_library_load(err);
}

static int input_open(struct input *input, const char *name,
		      struct lkl_error *err)
{
	struct stat st;

	input->name = name;
	input->spool = -1;
	input->fd = strcmp(name, "-") ?
		open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY) :
		fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (input->fd < 0 || fstat(input->fd, &st) < 0)
		return error_set(err, -errno, "%s: cannot open: %s",
				 quote_name(name), strerror(errno));
	input->type = S_ISDIR(st.st_mode) ? INPUT_FOLDER : INPUT_ARCHIVE;
	input->may_be_container = input->type == INPUT_ARCHIVE ||
		folder_may_be_container(input->fd);
	/* The sandbox allows folders by their names, and this one has none. */
	if (input->type == INPUT_FOLDER && !strcmp(name, "-"))
		return error_set(err, -EISDIR,
				 "-: standard input is a directory: give its name instead");
	if (input->type == INPUT_FOLDER)
		return input_load_libraries(input, err);
	if (isatty(input->fd))
		return error_set(err, -ENOTTY,
				 "%s: will not read an archive from a terminal",
				 quote_name(name));
	input->start = lseek(input->fd, 0, SEEK_CUR);
	input->seekable = input->start >= 0;
	return input_load_libraries(input, err);
}

int inputs_open(struct inputs *inputs, char **names, size_t n,
		struct lkl_error *err)
{
	int ret = 0;

	*inputs = (struct inputs){ .at = calloc(n, sizeof(*inputs->at)) };
	if (!inputs->at)
		return error_no_memory(err);
	while (!ret && inputs->n < n) {
		inputs->at[inputs->n].fd = inputs->at[inputs->n].spool =
			inputs->at[inputs->n].plan = -1;
		ret = input_open(&inputs->at[inputs->n], names[inputs->n],
				 err);
		inputs->n++;
	}
	return ret;
}

void inputs_close(struct inputs *inputs)
{
	while (inputs->n) {
		if (inputs->at[--inputs->n].fd >= 0)
			close(inputs->at[inputs->n].fd);
		if (inputs->at[inputs->n].spool >= 0)
			close(inputs->at[inputs->n].spool);
		if (inputs->at[inputs->n].plan >= 0)
			close(inputs->at[inputs->n].plan);
	}
	free(inputs->at);
	inputs->at = NULL;
}

const struct input *inputs_find_file(const struct inputs *inputs,
				     const struct stat *file)
{
	struct stat st;
	size_t i;

	for (i = 0; i < inputs->n; i++)
		if (!fstat(inputs->at[i].fd, &st) && stat_is_same_file(&st, file))
			return &inputs->at[i];
	return NULL;
}

bool inputs_are_seekable(const struct inputs *inputs)
{
	size_t i;

	for (i = 0; i < inputs->n; i++)
		if (inputs->at[i].type == INPUT_ARCHIVE &&
		    !inputs->at[i].seekable)
			return false;
	return true;
}

static int make_nameless_file(const char *directory)
{
	cleanup_free char *path = NULL;
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR &&
			errno != EINVAL))
		return fd < 0 ? -errno : fd;
	if (asprintf(&path, "%s/.tar2fs.XXXXXX", directory) < 0)
		return -ENOMEM;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

static int input_spool(struct input *input, const char *directory)
{
	if (input->type == INPUT_ARCHIVE) {
		input->spool = make_nameless_file(directory);
		if (input->spool < 0)
			return input->spool;
	}
	if (!input->may_be_container)
		return 0;
	input->plan = make_nameless_file(directory);
	return input->plan < 0 ? input->plan : 0;
}

int inputs_spool(struct inputs *inputs, const char *directory,
		 struct lkl_error *err)
{
	size_t i;
	int ret;

	for (i = 0; i < inputs->n; i++) {
		ret = input_spool(&inputs->at[i], directory);
		if (ret < 0)
			return error_set(err, ret,
					 "%s: cannot make a file for a copy of %s: %s",
					 quote_name(directory),
					 quote_name(inputs->at[i].name),
					 strerror(-ret));
	}
	return 0;
}

void inputs_use_spools(struct inputs *inputs)
{
	struct input *input;
	size_t i;

	for (i = 0; i < inputs->n; i++) {
		input = &inputs->at[i];
		if (input->spool < 0 || input->seekable)
			continue;
		close(input->fd);
		input->fd = input->spool;
		input->spool = -1;
		input->start = 0;
		input->seekable = true;
	}
}

int input_rewind(const struct input *input)
{
	if (input->type != INPUT_ARCHIVE || !input->seekable)
		return 0;
	return lseek(input->fd, input->start, SEEK_SET) < 0 ? -errno : 0;
}

struct container_input input_as_container(const struct input *input)
{
	return (struct container_input){
		.path = input->name,
		.fd = input->fd,
		.is_folder = input->type == INPUT_FOLDER,
		.seekable = input->seekable,
		.start = (uint64_t)input->start,
		/* It may have become the input. */
		.spool = input->spool >= 0 ? input->spool : input->fd,
		.plan = input->plan,
	};
}

bool input_is_container(const struct input *input)
{
	return plan_exists(input->plan);
}

bool inputs_have_container(const struct inputs *inputs)
{
	size_t i;

	for (i = 0; i < inputs->n; i++)
		if (input_is_container(&inputs->at[i]))
			return true;
	return false;
}

bool inputs_have_archive(const struct inputs *inputs)
{
	size_t i;

	for (i = 0; i < inputs->n; i++)
		if (inputs->at[i].type == INPUT_ARCHIVE)
			return true;
	return false;
}
