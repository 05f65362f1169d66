/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * owner.h - owners that replace those in the image.
 */
#ifndef TOOLS_OWNER_H
#define TOOLS_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

struct owner {
	char *name;		/* NULL: none; to be freed */
	uint32_t id;
	bool has_id;
};

/*
 * owner_parse - understand --owner's (or --group's) argument
 *
 * "NAME:ID", "ID", or "NAME", whose id is the host's; if the host has no such
 * name, only the name is replaced, as GNU tar does it.
 */
int owner_parse(const char *text, bool group, struct owner *ret_owner,
		struct lkl_error *err);

#endif /* TOOLS_OWNER_H */
