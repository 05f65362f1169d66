/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * owners.h - maps the owners of files: --owner, --group and --chown-map.
 */
#ifndef COPY_OWNERS_H
#define COPY_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#include "common/cli/owner.h"

/* @count ids starting at @from become those starting at @to. */
struct owner_range {
	uint32_t from, to, count;
	bool users, groups;
};

struct owners {
	struct owner owner, group;	/* of all files, if set */
	struct owner_range *ranges;
	size_t n;
};

void owners_free(struct owners *owners);

/*
 * owners_add_range - parse the argument of --chown-map
 * @text: "[u:|g:]FROM:TO[:COUNT]", with ids or names of the host
 */
int owners_add_range(struct owners *owners, const char *text,
		     struct lkl_error *err);

/* --owner and --group apply first, then the first range that has the id. */
uint32_t owners_user(const struct owners *owners, uint32_t uid);
uint32_t owners_group(const struct owners *owners, uint32_t gid);

#endif /* COPY_OWNERS_H */
