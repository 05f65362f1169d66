// SPDX-License-Identifier: GPL-2.0-only
/*
 * mkfs.c - runs the distribution's program that makes an empty file system.
 *
 * The program is trusted, and its input comes from the command line alone.  It
 * still runs confined: it reads the host's files, writes only the image, and
 * has no network.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* asprintf, pipe2 */
#endif
#include "mkfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <linux/capability.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "common/mkfs/fixed-mkfs.h"
#include "common/sandbox/sandbox.h"
#include "mkfs-message.h"
#include "process.h"

/* Of the program's messages; the reason is not far from their start. */
#define OUTPUT_MAX	(32u << 10)

#define ARGUMENTS_MAX	64

/*
 * The program gets the image as a descriptor: its name could be replaced.  If
 * the program is a script, it uses lower descriptors itself.
 */
#define IMAGE_FD	100
#define IMAGE_PATH	"/proc/self/fd/100"

static bool is_program(const char *path)
{
	return !access(path, X_OK);
}

/* Searches directories separated by colons. */
static char *find_in(const char *directories, const char *name)
{
	size_t len;
	char *path;

	for (; directories; directories += len + (directories[len] == ':')) {
		len = strcspn(directories, ":");
		if (len && asprintf(&path, "%.*s/%s", (int)len, directories,
				    name) >= 0) {
			if (is_program(path))
				return path;
			free(path);
		}
		if (!directories[len])
			break;
	}
	return NULL;
}

int mkfs_find(const struct kind *kind, char **ret_path, struct lkl_error *err)
{
	char *path = find_in(getenv("PATH"), kind->program);

	if (!path)
		path = find_in("/usr/local/sbin:/usr/sbin:/sbin",
			       kind->program);
	if (!path)
		return error_set(err, -ENOENT,
				 "cannot make %s: the program %s is not installed (Debian package %s)",
				 kind->name, kind->program, kind->package);
	*ret_path = path;
	return 0;
}

/* The command line; strings that are made for it are in @owned. */
struct command {
	const char *at[ARGUMENTS_MAX + 1];
	size_t n;
	char *owned[ARGUMENTS_MAX];
	size_t n_owned;
};

static void command_free(struct command *command)
{
	while (command->n_owned)
		free(command->owned[--command->n_owned]);
}

#define cleanup_command __attribute__((cleanup(command_free)))

static int command_add(struct command *command, const char *argument)
{
	if (command->n == ARGUMENTS_MAX)
		return -E2BIG;
	command->at[command->n++] = argument;
	return 0;
}

/* Takes @argument, which may be NULL for lack of memory. */
static int command_add_owned(struct command *command, char *argument)
{
	int ret = argument ? command_add(command, argument) : -ENOMEM;

	if (ret < 0)
		free(argument);
	else
		command->owned[command->n_owned++] = argument;
	return ret;
}

/* Words are separated by spaces, and nothing quotes them. */
static int command_add_options(struct command *command, const char *options)
{
	size_t len;
	int ret = 0;

	for (; options && *options && !ret; options += len) {
		options += strspn(options, " ");
		len = strcspn(options, " ");
		if (len)
			ret = command_add_owned(command, strndup(options, len));
	}
	return ret;
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
	char *text;
	int ret;

	if (!mkfs->kind->inodes_option || !mkfs->inodes)
		return 0;
	ret = command_add(command, mkfs->kind->inodes_option);
	if (!ret)
		ret = command_add_owned(command,
			asprintf(&text, "%" PRIu64, mkfs->inodes) < 0 ? NULL :
			text);
	return ret;
}

/* A fixed root directory with room for all entries, and some more. */
static int command_add_root(struct command *command, const struct mkfs *mkfs)
{
	const struct kind *kind = mkfs->kind;
	uint64_t entries;
	size_t i;
	char *text;
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
	if (!ret)
		ret = command_add_owned(command,
			asprintf(&text, "%" PRIu64, entries) < 0 ? NULL : text);
	return ret;
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
	if (!ret && identity->label && *identity->label) {
		ret = command_add(command, kind->label_option);
		if (!ret)
			ret = command_add(command, identity->label);
	}
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
		ret = command_add_options(command, mkfs->options);
	if (!ret)
		ret = command_add(command, IMAGE_PATH);
	return ret;
}

static int confine_program(struct lkl_error *err)
{
	const struct sandbox_path paths[] = {
		{ "/", SANDBOX_READ | SANDBOX_EXECUTE },
		{ IMAGE_PATH, SANDBOX_READ | SANDBOX_WRITE },
		{ NULL, 0 },
	};
	/*
	 * The program is trusted: the layers that the host has will do.
	 * mkfs.btrfs fails if it cannot look at each file behind a loop device.
	 */
	const struct sandbox_options options = {
		.paths = paths, .best = true,
		.keep_capabilities = 1ull << CAP_DAC_READ_SEARCH,
	};
	int layers = sandbox_enter(&options, err);

	return layers < 0 ? layers : 0;
}

struct run {
	const struct mkfs *mkfs;
	const char *image;
	char **arguments;
	int output;			/* a pipe for the program's messages */
};

/* Time stamps in the file system, and messages in English. */
static int set_environment(const struct mkfs *mkfs)
{
	if (setenv("LC_ALL", "C", 1) < 0)
		return -errno;
	if (!mkfs->fixed)
		return 0;
	return fixed_mkfs_environment(mkfs->fixed, mkfs->identity->time.sec,
				      mkfs->seed);
}

/* Runs in the child.  What goes wrong is said on the pipe. */
static int run_program(void *opaque)
{
	const struct run *run = opaque;
	struct lkl_error err = { "" };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int image = open(run->image, O_RDWR);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(run->output, STDOUT_FILENO) < 0 ||
	    dup2(run->output, STDERR_FILENO) < 0)
		return EXIT_FAILURE;
	if (image < 0 || dup2(image, IMAGE_FD) < 0) {
		dprintf(STDERR_FILENO, "cannot open the image: %s\n",
			strerror(errno));
		return EXIT_FAILURE;
	}
	syscall(SYS_close_range, STDERR_FILENO + 1, IMAGE_FD - 1, 0);
	syscall(SYS_close_range, IMAGE_FD + 1, ~0u, 0);
	if (set_environment(run->mkfs) < 0)
		return EXIT_FAILURE;
	if (run->mkfs->confine && confine_program(&err) < 0) {
		dprintf(STDERR_FILENO, "%s\n", err.text);
		return EXIT_FAILURE;
	}
	execv(run->mkfs->program, run->arguments);
	dprintf(STDERR_FILENO, "cannot start: %s\n", strerror(errno));
	return EXIT_FAILURE;
}

/* Keeps the first OUTPUT_MAX bytes, and reads the others. */
static void read_output(int fd, char *buf)
{
	char rest[512];
	size_t len = 0;
	ssize_t n;

	for (;;) {
		n = len < OUTPUT_MAX ? read(fd, buf + len, OUTPUT_MAX - len) :
			read(fd, rest, sizeof(rest));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (len < OUTPUT_MAX)
			len += (size_t)n;
	}
	buf[len] = '\0';
}

static int report_failure(const char *name, const char *output,
			  struct lkl_error *err)
{
	cleanup_free char *message = mkfs_message(name, IMAGE_PATH, output);

	if (!message)
		return error_no_memory(err);
	return error_set(err, -EIO, "%s: %s", name, *message ?
			 quote_name(message) : "failed without a message");
}

int mkfs_run(const struct mkfs *mkfs, const char *image,
	     struct lkl_error *err)
{
	const char *name = mkfs->kind->program;
	cleanup_command struct command command = { .n = 0 };
	cleanup_free char *output = malloc(OUTPUT_MAX + 1);
	struct run run = { .mkfs = mkfs, .image = image };
	struct process process;
	int fds[2], ret, status;

	if (!output)
		return error_no_memory(err);
	ret = command_fill(&command, mkfs);
	if (ret == -E2BIG)
		return error_set(err, ret, "--mkfs-options: too many words");
	if (ret < 0)
		return error_no_memory(err);
	command.at[command.n] = NULL;
	run.arguments = (char **)(uintptr_t)command.at;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot make a pipe: %s",
				 strerror(errno));
	run.output = fds[1];
	ret = process_start(run_program, &run, &process, err);
	close(fds[1]);
	if (!ret) {
		read_output(fds[0], output);
		ret = process_wait(&process, &status, err);
	}
	close(fds[0]);
	if (ret < 0)
		return error_prefix(err, ret, "%s", name);
	if (status)
		return report_failure(name, output, err);
	return 0;
}
