// SPDX-License-Identifier: GPL-2.0-only
/*
 * mount.c - libfuse's session: from options to a mount point.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "device.h"
#include "log.h"
#include "operations.h"

#include <fuse_log.h>

/* What libfuse complained about, until it is mounted. */
static char complaint[256];
static bool mounted;

static void note_complaint(enum fuse_log_level level, const char *format,
			   va_list args) __attribute__((format(printf, 2, 0)));

static void note_complaint(enum fuse_log_level level, const char *format,
			   va_list args)
{
	char text[256];
	size_t len;

	vsnprintf(text, sizeof(text), format, args);
	len = strlen(text);
	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	if (level == FUSE_LOG_DEBUG)
		fprintf(stderr, "%s\n", text);
	else if (mounted)
		log_error("%s", text);
	else
		snprintf(complaint, sizeof(complaint), "%s",
			 strncmp(text, "fuse: ", 6) ? text : text + 6);
}

static int add_option(struct fuse_args *args, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int add_option(struct fuse_args *args, const char *format, ...)
{
	cleanup_free char *option = NULL;
	va_list list;
	int ret;

	va_start(list, format);
	ret = vasprintf(&option, format, list);
	va_end(list);
	if (ret < 0) {
		option = NULL;
		return -ENOMEM;
	}
	if (fuse_opt_add_arg(args, "-o") || fuse_opt_add_arg(args, option))
		return -ENOMEM;
	return 0;
}

/* libfuse takes a backslash in front of what would end an option. */
static char *escape(const char *text)
{
	char *escaped = malloc(2 * strlen(text) + 1), *to = escaped;

	if (!escaped)
		return NULL;
	for (; *text; text++) {
		if (*text == ',' || *text == '\\')
			*to++ = '\\';
		*to++ = *text;
	}
	*to = '\0';
	return escaped;
}

static int add_options(const struct arguments *arguments,
		       struct fuse_args *args)
{
	/* What is no path of the host's, such as a URI, stays as it is. */
	cleanup_free char *path = realpath(arguments->image, NULL);
	cleanup_free char *image = escape(path ? path : arguments->image);
	unsigned int i;
	int ret;

	if (!image || fuse_opt_add_arg(args, "lklfuse"))
		return -ENOMEM;
	/* See filesystem.h. */
	ret = add_option(args, "default_permissions");
	if (!ret && !arguments->names_source)
		ret = add_option(args, "fsname=%s", image);
	if (!ret && !arguments->names_subtype)
		ret = add_option(args, "subtype=lklfuse");
	if (!ret && arguments->read_only)
		ret = add_option(args, "ro");
	if (!ret && arguments->debug)
		ret = add_option(args, "debug");
	for (i = 0; !ret && i < arguments->n_fuse_options; i++)
		ret = add_option(args, "%s", arguments->fuse_options[i]);
	return ret;
}

/*
 * fusermount3 says on standard error what is wrong: have it in our sentence.
 * What it says is short, the pipe takes it all.
 */
static int mount_quietly(struct fuse_session *session, const char *mountpoint)
{
	static const char speaker[] = "fusermount3: ";
	int fds[2], saved, ret;
	char text[256], *reason;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return fuse_session_mount(session, mountpoint);
	saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	dup2(fds[1], STDERR_FILENO);
	ret = fuse_session_mount(session, mountpoint);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	n = read(fds[0], text, sizeof(text) - 1);
	close(fds[0]);
	if (n <= 0)
		return ret;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	reason = text;
	if (!strncmp(text, speaker, strlen(speaker)))
		reason += strlen(speaker);
	if (ret)
		snprintf(complaint, sizeof(complaint), "%s", reason);
	else
		log_error("%s", reason);
	return ret;
}

/* The device number of what is mounted on @mountpoint, as "MAJOR:MINOR". */
static bool find_device(const char *mountpoint, char *device, size_t size)
{
	char line[4096], number[32], path[2048];
	FILE *file = fopen("/proc/self/mountinfo", "re");
	bool found = false;

	if (!file)
		return false;
	/* The last one is on top. */
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %*s %31s %*s %2047s", number, path) != 2 ||
		    strcmp(path, mountpoint) || !strstr(line, " - fuse"))
			continue;
		snprintf(device, size, "%s", number);
		found = true;
	}
	fclose(file);
	return found;
}

/*
 * The host reads ahead 128 KiB at most unless its administrator has it
 * otherwise, whatever we agree on with it later.  Without root it stays so.
 */
static void raise_readahead(const char *mountpoint, unsigned int bytes)
{
	char device[32], path[80];
	FILE *file;

	if (!find_device(mountpoint, device, sizeof(device)))
		return;
	snprintf(path, sizeof(path), "/sys/class/bdi/%s/read_ahead_kb",
		 device);
	file = fopen(path, "we");
	if (!file)
		return;
	fprintf(file, "%u", bytes / 1024);
	fclose(file);
}

int mount_host(const struct arguments *arguments, const char *mountpoint,
	       struct filesystem *fs, struct fuse_session **ret_session,
	       struct lkl_error *err)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *session;

	fuse_set_log_func(note_complaint);
	if (add_options(arguments, &args) < 0) {
		fuse_opt_free_args(&args);
		return error_no_memory(err);
	}
	session = fuse_session_new(&args, &operations, sizeof(operations), fs);
	fuse_opt_free_args(&args);
	if (!session)
		return error_set(err, -EINVAL, "%s", complaint[0] ? complaint :
				 "libfuse refuses the options");
	if (mount_quietly(session, mountpoint)) {
		fuse_session_destroy(session);
		return error_set(err, -EPERM, "cannot mount on %s%s%s",
				 mountpoint, complaint[0] ? ": " : "",
				 complaint);
	}
	mounted = true;
	raise_readahead(mountpoint, arguments->caching.max_readahead ?
			arguments->caching.max_readahead : DEVICE_READAHEAD);
	*ret_session = session;
	return 0;
}
