/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * owners.h - whom files belong to in the copy.
 */
#ifndef CP_OWNERS_H
#define CP_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#include "common/cli/owner.h"

/* Ids from @from on become those from @to on. */
struct owner_range {
	uint32_t from, to, count;
	bool users, groups;
};

struct owners {
	struct owner owner, group;	/* of all files */
	struct owner_range *ranges;
	size_t n;
};

void owners_free(struct owners *owners);

/*
 * owners_add_range - understand --chown-map's argument
 *
 * "[u:|g:]FROM:TO[:COUNT]", where the ids may be the host's names for them.
 */
int owners_add_range(struct owners *owners, const char *text,
		     struct lkl_error *err);

/* The first range that has an id decides; --owner and --group over all. */
uint32_t owners_user(const struct owners *owners, uint32_t uid);
uint32_t owners_group(const struct owners *owners, uint32_t gid);

#endif /* CP_OWNERS_H */
