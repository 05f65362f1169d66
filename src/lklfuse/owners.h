/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * owners.h - show the image's owners as others, and back.
 *
 * For people who mount somebody else's root file system as themselves.  Two
 * tables, of users and of groups, each of ranges; what is in none of them is
 * shown as it is.
 */
#ifndef LKLFUSE_OWNERS_H
#define LKLFUSE_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#define OWNER_RANGES_MAX 32

struct owner_range {
	uint32_t image;		/* the first one, as the image has it */
	uint32_t host;		/* as the host sees it */
	uint32_t count;
};

struct owner_map {
	struct owner_range ranges[OWNER_RANGES_MAX];
	unsigned int n;
	bool all;		/* all are shown as .host */
	uint32_t host;
	uint32_t image;		/* and are this one in the image */
};

struct owners {
	struct owner_map users;
	struct owner_map groups;
};

/* "IMAGE:HOST[:COUNT]", one more range. */
int owner_map_add(struct owner_map *map, const char *text,
		  struct lkl_error *err);

/*
 * "ID": all files are shown as belonging to it; what it makes belongs to
 * root in the image.
 */
int owner_map_all(struct owner_map *map, const char *text,
		  struct lkl_error *err);

uint32_t owner_to_host(const struct owner_map *map, uint32_t id);
uint32_t owner_to_image(const struct owner_map *map, uint32_t id);

bool owners_change(const struct owners *owners);

/* The ids in an ACL as it is in an extended attribute, in place. */
void owners_acl_to_host(const struct owners *owners, void *acl, size_t size);
void owners_acl_to_image(const struct owners *owners, void *acl, size_t size);

#endif /* LKLFUSE_OWNERS_H */
