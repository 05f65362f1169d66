// SPDX-License-Identifier: GPL-2.0-only
/*
 * os-packages.c - lklfs os: counts installed packages.
 *
 * Only packages that are installed count, not those of which only the
 * configuration is left.
 */
#include "os.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

#include "common/error.h"
#include "common/tree/contents.h"
#include "common/tree/directory.h"
#include "common/tree/file-calls.h"

/* More than any system has in one file. */
#define DATABASE_MAX (256u << 20)

/* Lines that are equal to @line, or begin with it. */
static uint64_t count_lines(const char *text, const char *line, bool whole)
{
	size_t len = strlen(line);
	uint64_t n = 0;

	while (text && *text) {
		if (!strncmp(text, line, len) &&
		    (!whole || text[len] == '\n' || !text[len]))
			n++;
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return n;
}

static void add(struct os *os, const char *database, bool known,
		uint64_t count)
{
	if (os->n_packages < OS_DATABASES)
		os->packages[os->n_packages++] =
			(struct os_packages){ database, known, count };
}

/* Databases that are text. */
static void count_text(struct os *os, const char *database, const char *path,
		       const char *line, bool whole)
{
	struct lkl_error err;
	char *text;
	size_t len;
	int ret = contents_read(path, DATABASE_MAX, &text, &len, &err);

	if (ret == -ENOENT || ret == -ENOTDIR)
		return;
	if (ret < 0) {
		add(os, database, false, 0);
		return;
	}
	add(os, database, true, count_lines(text, line, whole));
	free(text);
}

/* pacman has a directory for each package, "name-version-release". */
static void count_directories(struct os *os)
{
	int fd = (int)lkl_sys_openat(LKL_AT_FDCWD, "/var/lib/pacman/local",
				     LKL_O_RDONLY | LKL_O_DIRECTORY |
				     LKL_O_CLOEXEC, 0);
	struct directory directory;
	const char *name;
	uint64_t n = 0;
	int ret;

	if (fd < 0)
		return;
	directory_init(&directory, &image_calls.directory, fd, SORT_NONE);
	while ((ret = directory_next(&directory, &name)) > 0)
		n += strcmp(name, "ALPM_DB_VERSION") != 0;
	directory_close(&directory);
	add(os, "pacman", !ret, n);
}

static void count_rpm(struct os *os)
{
	static const char *const sqlite[] = {
		"/usr/lib/sysimage/rpm/rpmdb.sqlite",
		"/var/lib/rpm/rpmdb.sqlite",
	};
	static const char *const others[] = {
		"/var/lib/rpm/Packages.db", "/var/lib/rpm/Packages",
		"/usr/lib/sysimage/rpm/Packages.db",
		"/usr/lib/sysimage/rpm/Packages",
	};
	struct lkl_statx st;
	uint64_t n = 0;
	unsigned int i;
	int fd, ret;

	for (i = 0; i < sizeof(sqlite) / sizeof(*sqlite); i++) {
		fd = contents_open(sqlite[i], &st);
		if (fd < 0)
			continue;
		ret = rpm_sqlite_count(fd, st.stx_size, &n);
		lkl_sys_close((unsigned int)fd);
		add(os, "rpm", !ret, n);
		return;
	}
	/* Berkeley DB and ndb, of older distributions. */
	for (i = 0; i < sizeof(others) / sizeof(*others); i++) {
		fd = contents_open(others[i], &st);
		if (fd < 0)
			continue;
		lkl_sys_close((unsigned int)fd);
		add(os, "rpm", false, 0);
		return;
	}
}

int packages_count(struct os *os, struct lkl_error *err)
{
	(void)err;
	count_text(os, "dpkg", "/var/lib/dpkg/status",
		   "Status: install ok installed", true);
	count_rpm(os);
	count_text(os, "apk", "/lib/apk/db/installed", "P:", false);
	count_directories(os);
	return 0;
}
