// SPDX-License-Identifier: GPL-2.0-only
/*
 * loop-device.c - detects that a loop device of the host uses a file.
 *
 * The host caches, and may have mounted, a file that is attached to a loop
 * device, but takes no locks on it.  sysfs lists the attached files by name and
 * needs no privileges.  A file without a name here (attached in another mount
 * namespace, or removed) is not found.
 */
#define _GNU_SOURCE 1

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "blk/error.h"
#include "file.h"

#define DEVICES		"/sys/block"

/*
 * A device with the autoclear flag goes away after its unmount, but a program
 * that probes disks in the background may keep it open for a moment.
 */
#define TRIES		20
#define TRY_NS		25000000

static bool loop_read_attribute(const char *device, const char *name, char *buf,
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

static bool loop_has_file(const char *device, const struct stat *file)
{
	struct stat st;
	char path[4096];

	return loop_read_attribute(device, "backing_file", path, sizeof(path)) &&
	       !stat(path, &st) && st.st_dev == file->st_dev &&
	       st.st_ino == file->st_ino;
}

/* Find a loop device that uses the file. */
static bool loop_find_device(const struct stat *file, char *ret_device,
			     size_t size)
{
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(DEVICES);

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = !strncmp(entry->d_name, "loop", 4) &&
			strlen(entry->d_name) < size &&
			loop_has_file(entry->d_name, file);
	if (found)
		strcpy(ret_device, entry->d_name);
	closedir(dir);
	return found;
}

int file_check_loop_device(const struct stat *file, struct lkl_error *err)
{
	const struct timespec moment = { .tv_nsec = TRY_NS };
	char device[32], autoclear[8];
	int i;

	for (i = 0; loop_find_device(file, device, sizeof(device)); i++) {
		if (i == TRIES ||
		    !loop_read_attribute(device, "autoclear", autoclear,
					 sizeof(autoclear)) ||
		    autoclear[0] != '1')
			return lkl_fail(err, -EBUSY,
					"cannot open for writing: the host uses it as /dev/%s",
					device);
		nanosleep(&moment, NULL);
	}
	return 0;
}
