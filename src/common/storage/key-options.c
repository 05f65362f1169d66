// SPDX-License-Identifier: GPL-2.0-only
/*
 * key-options.c - the options that say where keys of encrypted volumes are.
 */
#include "key-options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/error.h"

static struct key_source *new_source(struct key_options *options,
				     struct lkl_error *err)
{
	struct key_source *source;

	if (options->n_sources == KEY_SOURCES_MAX) {
		error_set(err, -E2BIG, "more than %u keys", KEY_SOURCES_MAX);
		return NULL;
	}
	source = &options->sources[options->n_sources++];
	*source = (struct key_source){ .volume = "", .fd = -1 };
	return source;
}

static int set_path(struct key_source *source, const char *path,
		    struct lkl_error *err)
{
	if (!*path)
		return error_set(err, -EINVAL, "empty name of a file");
	source->path = path;
	return 0;
}

static int set_fd(struct key_source *source, const char *text,
		  struct lkl_error *err)
{
	uint64_t number;
	int ret = parse_number(text, INT_MAX, &number, err);

	if (ret < 0)
		return ret;
	if (fcntl((int)number, F_GETFD) < 0)
		return error_set(err, -EBADF, "file descriptor %s is not open",
				 text);
	/* Programs that the tool starts have no use for the key. */
	fcntl((int)number, F_SETFD, FD_CLOEXEC);
	source->fd = (int)number;
	return 0;
}

/*
 * The guardian, which reads the key, has other descriptors than this process.  So a path
 * such as /dev/fd/3 is taken for the descriptor.
 */
static int set_file(struct key_source *source, const char *path,
		    struct lkl_error *err)
{
	static const char *const folders[] = {
		"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/",
	};
	const char *number = NULL;
	size_t i;

	if (!strcmp(path, "/dev/stdin"))
		number = "0";
	for (i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (!strncmp(path, folders[i], strlen(folders[i])))
			number = path + strlen(folders[i]);
	if (!number || !*number || number[strspn(number, "0123456789")])
		return set_path(source, path, err);
	source->is_file = true;
	return set_fd(source, number, err);
}

int key_options_add_file(struct key_options *options, const char *path,
			 struct lkl_error *err)
{
	struct key_source *source = new_source(options, err);

	return source ? set_file(source, path, err) : -E2BIG;
}

int key_options_add_fd(struct key_options *options, const char *fd,
		       struct lkl_error *err)
{
	struct key_source *source = new_source(options, err);

	return source ? set_fd(source, fd, err) : -E2BIG;
}

int image_key_set_file(struct key_source *key, const char *path,
		       struct lkl_error *err)
{
	*key = (struct key_source){ .volume = "", .fd = -1 };
	return set_path(key, path, err);
}

int image_key_set_fd(struct key_source *key, const char *fd,
		     struct lkl_error *err)
{
	*key = (struct key_source){ .volume = "", .fd = -1 };
	return set_fd(key, fd, err);
}

bool image_key_is_set(const struct key_source *key)
{
	return key->volume;
}

int image_key_open(const struct key_source *key, struct lkl_error *err)
{
	int fd = key->path ? open(key->path, O_RDONLY | O_CLOEXEC) :
			     fcntl(key->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0 && key->path)
		return error_set(err, -errno, "cannot open the key %s: %s",
				 quote_name(key->path), strerror(errno));
	return fd < 0 ? error_set(err, -errno,
				  "cannot use the descriptor of the key: %s",
				  strerror(errno)) : fd;
}

/* The end of VOLUME in VOLUME:file:PATH or VOLUME:fd:N; NULL: the text is neither. */
static const char *find_volume_end(const char *text)
{
	const char *colon = strchr(text, ':');

	while (colon && strncmp(colon, ":file:", 6) && strncmp(colon, ":fd:", 4))
		colon = strchr(colon + 1, ':');
	return colon != text ? colon : NULL;
}

int key_options_add(struct key_options *options, const char *argument,
		    struct lkl_error *err)
{
	const char *colon = find_volume_end(argument);
	struct key_source *source;

	if (!colon)
		/* Not the argument: it may be the key, by mistake. */
		return error_set(err, -EINVAL,
				 "not VOLUME:file:PATH or VOLUME:fd:N");
	source = new_source(options, err);
	if (!source)
		return -E2BIG;
	source->volume = argument;
	source->volume_len = (unsigned int)(colon - argument);
	if (colon[2] == 'i')
		return set_file(source, colon + 6, err);
	return set_fd(source, colon + 4, err);
}

int key_options_add_unlock(struct key_options *options, const char *volume,
			   struct lkl_error *err)
{
	if (!*volume)
		return error_set(err, -EINVAL, "empty name");
	if (!strcmp(volume, "all")) {
		options->unlock_all = true;
		return 0;
	}
	if (options->n_unlock == KEY_SOURCES_MAX)
		return error_set(err, -E2BIG, "more than %u volumes",
				 KEY_SOURCES_MAX);
	options->unlock[options->n_unlock++] = volume;
	return 0;
}

int key_options_set_veracrypt(struct key_options *options,
			      const char *argument, struct lkl_error *err)
{
	if (argument && strcmp(argument, "hidden"))
		return error_set(err, -EINVAL, "not \"hidden\": %s",
				 quote_name(argument));
	options->veracrypt = true;
	options->veracrypt_hidden = argument;
	return 0;
}

const char *key_options_unmarked(const struct key_options *options)
{
	return options->luks_header ? "--luks-header" :
		options->veracrypt ? "--veracrypt" : NULL;
}

int key_options_check(const struct key_options *options,
		      struct lkl_error *err)
{
	if (options->luks_header && options->veracrypt)
		return error_set(err, -EINVAL,
				 "--veracrypt and --luks-header are for one volume: say one of them");
	if (options->veracrypt_pim && !options->veracrypt)
		return error_set(err, -EINVAL,
				 "--veracrypt-pim needs --veracrypt");
	return 0;
}

void key_options_close(const struct key_options *options, bool keep_input)
{
	int fd, null;
	unsigned int i;

	for (i = 0; i < options->n_sources; i++) {
		fd = options->sources[i].fd;
		if (options->sources[i].path)
			continue;
		if (fd > STDERR_FILENO)
			close(fd);
		if (fd != STDIN_FILENO || keep_input)
			continue;
		/* For writing only, so that reading it by mistake is an error. */
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (null < 0)
			continue;
		dup2(null, STDIN_FILENO);
		close(null);
	}
}

/* A UUID has no case; other names do. */
static bool is_name(const char *given, size_t len, const char *name)
{
	if (strlen(name) != len)
		return false;
	if (strspn(name, "0123456789abcdefABCDEF-") == len && len == 36)
		return !strncasecmp(given, name, len);
	return !strncmp(given, name, len);
}

bool key_source_is_for(const struct key_source *source, const char *name)
{
	return !source->volume_len ||
		is_name(source->volume, source->volume_len, name);
}

bool key_unlock_is_for(const char *unlock, const char *name)
{
	return is_name(unlock, strlen(unlock), name);
}

bool key_options_name(const struct key_options *options, const char *name)
{
	unsigned int i;

	for (i = 0; i < options->n_unlock; i++)
		if (key_unlock_is_for(options->unlock[i], name))
			return true;
	for (i = 0; i < options->n_sources; i++)
		if (options->sources[i].volume_len &&
		    key_source_is_for(&options->sources[i], name))
			return true;
	return false;
}
