// SPDX-License-Identifier: GPL-2.0-only
/*
 * read.c - reads the files with definitions.
 */
#include "definition.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "common/whole.h"

#define FILE_MAX	(1u << 20)

static int read_file(struct layout *layout, const char *path,
		     const char *folder, struct lkl_error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	cleanup_free char *text = malloc(FILE_MAX + 1);
	ssize_t len;

	if (!text)
		return error_no_memory(err);
	len = fd < 0 ? -errno : read_up_to(fd, text, FILE_MAX + 1);
	if (len < 0)
		return error_set(err, (int)len, "%s: cannot read: %s",
				 quote_name(path), strerror((int)-len));
	if (len > FILE_MAX)
		return error_set(err, -EFBIG, "%s: larger than %u bytes",
				 quote_name(path), FILE_MAX);
	return layout_parse(layout, path, folder, text, (size_t)len, err);
}

static int is_definition(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 &&
		!strcmp(entry->d_name + len - 5, ".conf");
}

/* In the order of bytes, not in that of the locale. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_folder(struct layout *layout, const char *path,
		       struct lkl_error *err)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_definition, compare_names);
	int i, ret = 0;
	char *file;

	if (n < 0)
		return error_set(err, -errno, "%s: cannot read: %s",
				 quote_name(path), strerror(errno));
	for (i = 0; i < n; i++) {
		if (ret < 0) {
			free(entries[i]);
			continue;
		}
		file = malloc(strlen(path) + strlen(entries[i]->d_name) + 2);
		if (file) {
			sprintf(file, "%s/%s", path, entries[i]->d_name);
			ret = read_file(layout, file, path, err);
		} else {
			ret = error_no_memory(err);
		}
		free(file);
		free(entries[i]);
	}
	free(entries);
	return n ? ret : error_set(err, -ENOENT,
				   "%s: has no file with a name that ends in .conf",
				   quote_name(path));
}

int layout_read(struct layout *layout, const char *path, struct lkl_error *err)
{
	cleanup_free char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	struct stat st;
	int ret;

	if (!folder)
		return error_no_memory(err);
	if (stat(path, &st) < 0)
		return error_set(err, -errno, "%s: cannot read: %s",
				 quote_name(path), strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		ret = read_folder(layout, path, err);
	} else {
		if (slash)
			slash[slash == folder] = '\0';
		ret = read_file(layout, path, slash ? folder : ".", err);
	}
	return ret;
}
