/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * accounts.h - the users and groups of an image: its /etc/passwd and /etc/group.
 *
 * The host's names say nothing about an image.  The image's root directory is that
 * of all lkl_sys_...() calls.  One thread uses a struct accounts.
 */
#ifndef COMMON_TREE_ACCOUNTS_H
#define COMMON_TREE_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lkl_error;

/* A longer name is taken for none. */
#define ACCOUNT_NAME_MAX 64u

struct account {
	const char *name;		/* points into account_list.text */
	const char *home;		/* the same; NULL: none */
	uint32_t id;
};

/* One file, as it was when it was last read. */
struct account_list {
	char *text;			/* owned; NULL: no such file */
	struct account *at;		/* owned */
	size_t n;
	const struct account *last;	/* the one found last, or NULL */
	bool tried;			/* there was an attempt to read it */
	uint64_t inode, size;
	int64_t seconds;
	uint32_t nanoseconds;
};

/* Begins as zeroes. */
struct accounts {
	struct account_list users, groups;
};

void accounts_free(struct accounts *accounts);

/*
 * accounts_refresh - read the files again if they have changed
 *
 * The other functions read a file at their first call only.
 */
void accounts_refresh(struct accounts *accounts);

/*
 * accounts_user, accounts_group - the name of an id; NULL if it has none
 *
 * Shorter than ACCOUNT_NAME_MAX, without control characters, and valid until the
 * files are read again.  A file that cannot be read names none.
 */
const char *accounts_user(struct accounts *accounts, uint32_t uid);
const char *accounts_group(struct accounts *accounts, uint32_t gid);

/*
 * accounts_home - the home directory of a user; NULL if none is known
 * @user: NULL or "": root
 */
const char *accounts_home(struct accounts *accounts, const char *user);

/*
 * accounts_parse_user, accounts_parse_group - a number, or a name of the image
 *
 * Returns 0, or -EINVAL with a sentence.
 */
int accounts_parse_user(struct accounts *accounts, const char *text,
			uint32_t *ret_uid, struct lkl_error *err);
int accounts_parse_group(struct accounts *accounts, const char *text,
			 uint32_t *ret_gid, struct lkl_error *err);

#endif /* COMMON_TREE_ACCOUNTS_H */
