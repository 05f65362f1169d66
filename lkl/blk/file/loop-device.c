// SPDX-License-Identifier: GPL-2.0-only
/*
 * loop-device.c - finding out that a file is a disk of the host's.
 *
 * A file that is attached to a loop device is cached there, and perhaps
 * mounted, whatever its locks say: the host takes none.  What is attached is
 * read in sysfs, which takes no privileges.  It is a name there: files that
 * have none here (attached in another mount namespace, or removed) are not
 * found.
 */
#define _GNU_SOURCE 1

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "blk/error.h"
#include "lock.h"

#define DEVICES		"/sys/block"

/*
 * A device that goes by itself when it was unmounted may be held for a moment
 * longer, by what looks at disks in the background.
 */
#define TRIES		20
#define TRY_NS		25000000

static bool read_line(const char *device, const char *name, char *buf,
		      int size)
{
	char path[300];
	bool ok;
	FILE *f;

	snprintf(path, sizeof(path), DEVICES "/%s/loop/%s", device, name);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(buf, size, f);
	fclose(f);
	if (ok)
		buf[strcspn(buf, "\n")] = '\0';
	return ok;
}

static bool is_attached(const char *device, const struct stat *file)
{
	struct stat st;
	char path[4096];

	return read_line(device, "backing_file", path, sizeof(path)) &&
	       !stat(path, &st) && st.st_dev == file->st_dev &&
	       st.st_ino == file->st_ino;
}

/* The name of a device that has the file, in @ret_device; false: none has. */
static bool find_device(const struct stat *file, char *ret_device, size_t size)
{
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(DEVICES);

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = !strncmp(entry->d_name, "loop", 4) &&
			strlen(entry->d_name) < size &&
			is_attached(entry->d_name, file);
	if (found)
		strcpy(ret_device, entry->d_name);
	closedir(dir);
	return found;
}

int lock_check_loop(const struct stat *file, struct lkl_error *err)
{
	const struct timespec moment = { .tv_nsec = TRY_NS };
	char device[32], autoclear[8];
	int i;

	for (i = 0; find_device(file, device, sizeof(device)); i++) {
		if (i == TRIES ||
		    !read_line(device, "autoclear", autoclear,
			       sizeof(autoclear)) || autoclear[0] != '1')
			return lkl_fail(err, -EBUSY,
					"cannot open for writing: the host uses it as /dev/%s",
					device);
		nanosleep(&moment, NULL);
	}
	return 0;
}
