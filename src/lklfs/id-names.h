/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * id-names.h - the names of users and groups, as the image's own /etc/passwd
 * and /etc/group have them.
 *
 * The host's names say nothing about an image.
 */
#ifndef LKLFS_ID_NAMES_H
#define LKLFS_ID_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lkl_error;

struct id_name {
	const char *name;		/* points into id_names.text */
	uint32_t id;
};

struct id_names {
	char *text;			/* the file; NULL: not read yet */
	struct id_name *at;
	size_t n;
	const struct id_name *last;	/* the one found last, or NULL */
};

struct all_names {
	struct id_names users, groups;
};

void all_names_free(struct all_names *names);

/*
 * user_name, group_name - the name of an id; NULL if it has none
 *
 * The file is read at the first call.  A file that cannot be read names none.
 */
const char *user_name(struct all_names *names, uint32_t uid);
const char *group_name(struct all_names *names, uint32_t gid);

/* parse_user, parse_group - a number, or a name of the image.  -EINVAL. */
int parse_user(struct all_names *names, const char *text, uint32_t *ret_uid,
	       struct lkl_error *err);
int parse_group(struct all_names *names, const char *text, uint32_t *ret_gid,
		struct lkl_error *err);

#endif /* LKLFS_ID_NAMES_H */
