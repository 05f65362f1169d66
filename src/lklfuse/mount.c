// SPDX-License-Identifier: GPL-2.0-only
/* mount.c - mounting on the host. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_log.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "device.h"
#include "log.h"
#include "operations.h"

/* libfuse's last message before the mount succeeded. */
static char libfuse_message[256];
static bool mounted;

static void libfuse_log(enum fuse_log_level level, const char *format,
			va_list args) __attribute__((format(printf, 2, 0)));

static void libfuse_log(enum fuse_log_level level, const char *format,
			va_list args)
{
	static char line[256];
	char text[256];
	size_t len;

	/* libfuse may print a line in several pieces. */
	len = strlen(line);
	vsnprintf(line + len, sizeof(line) - len, format, args);
	len = strlen(line);
	if (!strchr(line, '\n') && len < sizeof(line) - 1)
		return;
	while (len && line[len - 1] == '\n')
		line[--len] = '\0';
	snprintf(text, sizeof(text), "%s", line);
	line[0] = '\0';
	if (level == FUSE_LOG_DEBUG)
		fprintf(stderr, "%s\n", text);
	else if (mounted)
		log_error("%s", text);
	else
		snprintf(libfuse_message, sizeof(libfuse_message), "%s",
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

/* In libfuse's options, a backslash quotes a comma. */
static char *escape_commas(const char *text)
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
	/* A URI has no path on the host and stays as it is. */
	cleanup_free char *path = realpath(arguments->image, NULL);
	cleanup_free char *image =
		escape_commas(path ? path : arguments->image);
	unsigned int i;
	int ret;

	if (!image || fuse_opt_add_arg(args, "lklfuse"))
		return -ENOMEM;
	/* The host checks permissions, see filesystem.h. */
	ret = add_option(args, "default_permissions");
	if (!ret && !arguments->names_source)
		ret = add_option(args, "fsname=%s", image);
	if (!ret && !arguments->names_subtype)
		ret = add_option(args, "subtype=lklfuse");
	if (!ret && arguments->read_only)
		ret = add_option(args, "ro");
	if (!ret && arguments->debug)
		ret = add_option(args, "debug");
	if (!ret && arguments->caching.max_read)
		ret = add_option(args, "max_read=%u",
				 arguments->caching.max_read);
	for (i = 0; !ret && i < arguments->n_fuse_options; i++)
		ret = add_option(args, "%s", arguments->fuse_options[i]);
	return ret;
}

/*
 * fusermount3 prints errors to standard error.  Catch the text with a pipe, to
 * make it part of our message.  The text fits into the pipe.
 */
static int mount_capturing_stderr(struct fuse_session *session,
				  const char *mountpoint)
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
		snprintf(libfuse_message, sizeof(libfuse_message), "%s", reason);
	else
		log_error("%s", reason);
	return ret;
}

/* In mountinfo, spaces and backslashes are octal escapes. */
static void decode_path(char *path)
{
	char *to = path;

	for (; *path; path++) {
		if (path[0] == '\\' && path[1] >= '0' && path[1] <= '3' &&
		    path[2] && path[3]) {
			*to++ = (char)((path[1] - '0') << 6 |
				       (path[2] - '0') << 3 |
				       (path[3] - '0'));
			path += 3;
		} else {
			*to++ = *path;
		}
	}
	*to = '\0';
}

/* The next mount on @mountpoint: its line in @file, and its device number. */
static bool next_mount(FILE *file, const char *mountpoint, char line[4096],
		       char number[32])
{
	char path[2048];

	while (fgets(line, 4096, file)) {
		if (sscanf(line, "%*s %*s %31s %*s %2047s", number, path) != 2)
			continue;
		decode_path(path);
		if (!strcmp(path, mountpoint))
			return true;
	}
	return false;
}

bool mount_find_device(const char *mountpoint, char *device, size_t size,
		       uid_t *ret_uid)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096], number[32], *user;
	bool found = false;

	if (!file)
		return false;
	/* The last line is the topmost mount. */
	while (next_mount(file, mountpoint, line, number)) {
		found = strstr(line, " - fuse");
		if (!found)
			continue;
		snprintf(device, size, "%s", number);
		user = strstr(line, "user_id=");
		if (ret_uid)
			*ret_uid = user ? (uid_t)atol(user + 8) : 0;
	}
	fclose(file);
	return found;
}

enum mount_place mount_find_place(const char *mountpoint, const char *device)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	enum mount_place place = MOUNT_ABSENT;
	char line[4096], number[32];

	if (!file)
		return MOUNT_ABSENT;
	while (next_mount(file, mountpoint, line, number)) {
		if (!strcmp(number, device))
			place = MOUNT_ON_TOP;
		else if (place == MOUNT_ON_TOP)
			place = MOUNT_COVERED;
	}
	fclose(file);
	return place;
}

/*
 * The host limits readahead to 128 KiB by default, whatever FUSE_INIT says.
 * Only root can raise that.
 */
static void raise_readahead(const char *mountpoint, unsigned int bytes)
{
	char device[32], path[80];
	FILE *file;

	if (!mount_find_device(mountpoint, device, sizeof(device), NULL))
		return;
	snprintf(path, sizeof(path), "/sys/class/bdi/%s/read_ahead_kb",
		 device);
	file = fopen(path, "we");
	if (!file)
		return;
	fprintf(file, "%u", bytes / 1024);
	fclose(file);
}

static int new_session(const struct arguments *arguments,
		       struct filesystem *fs, struct fuse_session **ret_session,
		       struct lkl_error *err)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);

	fuse_set_log_func(libfuse_log);
	if (add_options(arguments, &args) < 0) {
		fuse_opt_free_args(&args);
		return error_no_memory(err);
	}
	*ret_session = fuse_session_new(&args, &operations, sizeof(operations),
					fs);
	fuse_opt_free_args(&args);
	if (*ret_session)
		return 0;
	if (!strncmp(libfuse_message, "unknown option", 14))
		return error_set(err, -EINVAL,
				 "%s; options of the file system go into -o opts=",
				 libfuse_message);
	return error_set(err, -EINVAL, "%s", libfuse_message[0] ?
			 libfuse_message : "libfuse refuses the options");
}

int mount_check_options(const struct arguments *arguments,
			struct lkl_error *err)
{
	struct fuse_session *session;
	int ret = new_session(arguments, NULL, &session, err);

	if (!ret)
		fuse_session_destroy(session);
	return ret;
}

int mount_host(const struct arguments *arguments, const char *mountpoint,
	       struct filesystem *fs, struct fuse_session **ret_session,
	       struct lkl_error *err)
{
	struct fuse_session *session;
	int ret = new_session(arguments, fs, &session, err);

	if (ret < 0)
		return ret;
	if (mount_capturing_stderr(session, mountpoint)) {
		fuse_session_destroy(session);
		return error_set(err, -EPERM, "cannot mount on %s%s%s",
				 quote_name(mountpoint),
				 libfuse_message[0] ? ": " : "",
				 quote_name(libfuse_message));
	}
	mounted = true;
	raise_readahead(mountpoint, arguments->caching.max_readahead ?
			arguments->caching.max_readahead : DEVICE_READAHEAD);
	*ret_session = session;
	return 0;
}

/* The mount flags that a remount would drop if they were not repeated. */
static unsigned long current_mount_flags(const struct statvfs *st)
{
	return (st->f_flag & ST_NOSUID ? MS_NOSUID : 0) |
		(st->f_flag & ST_NODEV ? MS_NODEV : 0) |
		(st->f_flag & ST_NOEXEC ? MS_NOEXEC : 0) |
		(st->f_flag & ST_NOATIME ? MS_NOATIME : 0) |
		(st->f_flag & ST_RELATIME ? MS_RELATIME : 0);
}

/* @flags with the changes that the options ask for; later options win. */
static unsigned long change_mount_flags(const struct arguments *arguments,
					unsigned long flags)
{
	static const struct {
		const char *set, *clear;
		unsigned long flag;
	} names[] = {
		{ "nosuid", "suid", MS_NOSUID },
		{ "nodev", "dev", MS_NODEV },
		{ "noexec", "exec", MS_NOEXEC },
	};
	unsigned int i, n;

	for (i = 0; i < arguments->n_fuse_options; i++) {
		for (n = 0; n < sizeof(names) / sizeof(*names); n++) {
			if (!strcmp(arguments->fuse_options[i], names[n].set))
				flags |= names[n].flag;
			if (!strcmp(arguments->fuse_options[i], names[n].clear))
				flags &= ~names[n].flag;
		}
	}
	return flags | (arguments->read_only ? MS_RDONLY : 0);
}

int mount_change(const struct arguments *arguments, struct lkl_error *err)
{
	const char *mountpoint = arguments->mountpoint;
	unsigned long flags = MS_REMOUNT | MS_BIND;
	struct statvfs st;

	if (statvfs(mountpoint, &st) < 0)
		return error_set(err, -errno, "cannot remount %s: %s",
				 quote_name(mountpoint), strerror(errno));
	flags |= change_mount_flags(arguments, current_mount_flags(&st));
	if (mount(NULL, mountpoint, NULL, flags, NULL) < 0)
		return error_set(err, -errno, "cannot remount %s: %s",
				 quote_name(mountpoint), strerror(errno));
	if (!arguments->read_only && !statvfs(mountpoint, &st) && (st.f_flag & ST_RDONLY))
		return error_set(err, -EROFS,
				 "cannot remount %s for writing: the image is open for reading only",
				 quote_name(mountpoint));
	return 0;
}
