/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * os.h - lklfs os: the description of an operating system.
 */
#ifndef LKLFS_OS_H
#define LKLFS_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lkl_error;

/* A database of packages. */
struct os_packages {
	const char *database;		/* "dpkg", "rpm", "apk" or "pacman" */
	bool known;			/* the count is */
	uint64_t count;
};

#define OS_DATABASES 4

/* Strings are NULL if unknown. */
struct os {
	char *id, *version, *name, *hostname;
	const char *machine, *init;
	char **kernels;
	size_t n_kernels;
	struct os_packages packages[OS_DATABASES];
	size_t n_packages;
};

/* packages_count - find the databases and count the packages in them */
int packages_count(struct os *os, struct lkl_error *err);

/*
 * rpm_sqlite_count - the number of packages in an rpmdb.sqlite
 *
 * -EINVAL: not such a file, or a damaged one.
 */
int rpm_sqlite_count(int fd, uint64_t size, uint64_t *ret_count);

#endif /* LKLFS_OS_H */
