/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * owner.h - parse the arguments of --owner and --group.
 */
#ifndef TOOLS_OWNER_H
#define TOOLS_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

struct owner {
	char *name;		/* NULL: none; the caller frees it */
	uint32_t id;
	bool has_id;
};

/*
 * owner_parse - parse "NAME:ID", "ID" or "NAME"
 * @group: look NAME up among groups, not users
 *
 * The host gives the id of a NAME alone.  If the host does not know NAME, the
 * result has no id, and only names are replaced, as GNU tar does.
 */
int owner_parse(const char *text, bool group, struct owner *ret_owner,
		struct lkl_error *err);

/* The same, but a NAME that the host does not know is -EINVAL. */
int owner_parse_id(const char *text, bool group, struct owner *ret_owner,
		   struct lkl_error *err);

#endif /* TOOLS_OWNER_H */
