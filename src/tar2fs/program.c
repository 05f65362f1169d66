// SPDX-License-Identifier: GPL-2.0-only
/*
 * program.c - runs a program of the distribution on an image, confined.
 *
 * The program is trusted, and its arguments come from the command line alone.  It
 * still runs confined: it reads the host's files, writes only the image, and
 * has no network.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* asprintf, memfd_create */
#endif
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/capability.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "common/mkfs/fixed-mkfs.h"
#include "common/sandbox/sandbox.h"
#include "mkfs-message.h"

/* Of the program's messages; the reason is not far from their start. */
#define MESSAGES_MAX	(32u << 10)

#define IMAGE_FD	100

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL	8u
#endif

/* ---- Where it is ---- */

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

char *program_find(const char *name)
{
	char *path = find_in(getenv("PATH"), name);

	return path ? path : find_in("/usr/local/sbin:/usr/sbin:/sbin", name);
}

char *program_find_sibling(const char *name)
{
	char self[PATH_MAX], *path, *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
		*slash = '\0';
		/* Before installation, a script starts the program. */
		slash = strrchr(self, '/');
		if (slash && !strcmp(slash, "/.libs"))
			*slash = '\0';
		path = find_in(self, name);
		if (path)
			return path;
	}
	return program_find(name);
}

/* ---- The child ---- */

static int confine_program(enum sandbox_mode mode, struct lkl_error *err)
{
	const struct sandbox_path paths[] = {
		{ "/", SANDBOX_READ | SANDBOX_EXECUTE },
		{ PROGRAM_IMAGE, SANDBOX_READ | SANDBOX_WRITE },
		{ NULL, 0 },
	};
	/* mkfs.btrfs may look at the files behind loop devices, see mkfs-fixed.c. */
	const struct sandbox_options options = {
		.paths = paths, .best = mode == SANDBOX_BEST,
		.keep_capabilities = 1ull << CAP_DAC_READ_SEARCH,
	};
	int layers = sandbox_enter(&options, err);

	return layers < 0 ? layers : 0;
}

/* Time stamps in the file system, and messages in English. */
static int set_environment(const struct program *program)
{
	const struct program_preload *preload = &program->preload;
	int ret = 0;

	if (setenv("LC_ALL", "C", 1) < 0)
		return -errno;
	if (preload->library && preload->seed)
		ret = fixed_mkfs_environment(preload->library, preload->time,
					     preload->seed);
	if (!ret && preload->library && preload->hides_mounts)
		ret = fixed_mkfs_hide_mounts(preload->library);
	return ret;
}

/* Standard input, output and error. */
static bool connect_streams(const struct program *program)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	return null >= 0 &&
		dup2(program->input < 0 ? null : program->input,
		     STDIN_FILENO) >= 0 &&
		dup2(program->output < 0 ? program->messages : program->output,
		     STDOUT_FILENO) >= 0 &&
		dup2(program->messages, STDERR_FILENO) >= 0;
}

/* Runs in the child.  What goes wrong is a message. */
static int run_program(void *opaque)
{
	const struct program *program = opaque;
	struct lkl_error err = { "" };
	int image = open(program->image, O_RDWR);

	if (!connect_streams(program))
		return EXIT_FAILURE;
	if (image < 0 || dup2(image, IMAGE_FD) < 0) {
		dprintf(STDERR_FILENO, "cannot open the image: %s\n",
			strerror(errno));
		return EXIT_FAILURE;
	}
	syscall(SYS_close_range, STDERR_FILENO + 1, IMAGE_FD - 1, 0);
	syscall(SYS_close_range, IMAGE_FD + 1, ~0u, 0);
	if (set_environment(program) < 0)
		return EXIT_FAILURE;
	if (program->sandbox != SANDBOX_NONE &&
	    confine_program(program->sandbox, &err) < 0) {
		dprintf(STDERR_FILENO, "%s\n", err.text);
		return EXIT_FAILURE;
	}
	execv(program->path, (char **)(uintptr_t)program->arguments);
	dprintf(STDERR_FILENO, "cannot start: %s\n", strerror(errno));
	return EXIT_FAILURE;
}

/* ---- The parent ---- */

/* Unlike a pipe, it holds nobody up. */
static int messages_file(void)
{
	int fd = memfd_create("messages", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	/* Linux before 6.3 does not know this flag. */
	return fd < 0 && errno == EINVAL ?
		memfd_create("messages", MFD_CLOEXEC) : fd;
}

int program_start(struct program *program, struct lkl_error *err)
{
	int ret;

	program->messages = messages_file();
	if (program->messages < 0)
		return error_set(err, -errno, "%s: cannot make a file in memory: %s",
				 program->name, strerror(errno));
	ret = process_start(run_program, program, &program->process, err);
	if (ret < 0) {
		close(program->messages);
		return error_prefix(err, ret, "%s", program->name);
	}
	return 0;
}

static void read_messages(int fd, char *buf)
{
	ssize_t n = pread(fd, buf, MESSAGES_MAX, 0);

	buf[n > 0 ? n : 0] = '\0';
}

static int report_failure(const char *name, const char *messages,
			  struct lkl_error *err)
{
	cleanup_free char *message = mkfs_message(name, PROGRAM_IMAGE,
						  messages);

	if (!message)
		return error_no_memory(err);
	return error_set(err, -EIO, "%s: %s", name, *message ?
			 quote_name(message) : "failed without a message");
}

int program_wait(struct program *program, struct lkl_error *err)
{
	cleanup_free char *messages = malloc(MESSAGES_MAX + 1);
	int ret, status = 0;

	ret = process_wait(&program->process, &status, err);
	if (messages)
		read_messages(program->messages, messages);
	close(program->messages);
	if (ret < 0)
		return error_prefix(err, ret, "%s", program->name);
	if (!status)
		return 0;
	return messages ? report_failure(program->name, messages, err) :
		error_no_memory(err);
}
