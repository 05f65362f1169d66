/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * accounts.h - the users and groups of the image: its /etc/passwd and
 * /etc/group.
 */
#ifndef SFTP_ACCOUNTS_H
#define SFTP_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCOUNT_NAME_MAX 64u

/* One file, as it was when it was last looked at. */
struct accounts_file {
	char *text;			/* owned; NULL: there is none */
	size_t len;
	uint64_t inode, size;
	int64_t seconds;
	uint32_t nanoseconds;
};

struct accounts {
	struct accounts_file users, groups;
};

/* accounts_refresh - read the files again if they have changed */
void accounts_refresh(struct accounts *accounts);
void accounts_free(struct accounts *accounts);

/*
 * accounts_user, accounts_group - the name of an id, or its number
 * @name: ACCOUNT_NAME_MAX bytes
 *
 * Returns whether there is such a name.
 */
bool accounts_user(const struct accounts *accounts, uint32_t uid, char *name);
bool accounts_group(const struct accounts *accounts, uint32_t gid, char *name);

/*
 * accounts_home - the home directory of a user
 * @user: NULL or "": root's
 * @home: @size bytes
 *
 * Returns whether there is such a user.
 */
bool accounts_home(const struct accounts *accounts, const char *user,
		   char *home, size_t size);

#endif /* SFTP_ACCOUNTS_H */
