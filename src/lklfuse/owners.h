/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * owners.h - translation of owners between the image and the host.
 *
 * One map for users and one for groups, each made of ranges.  An id that is in
 * no range stays the same.
 */
#ifndef LKLFUSE_OWNERS_H
#define LKLFUSE_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#define OWNER_RANGES_MAX 32

struct owner_range {
	uint32_t image;		/* the first id in the image */
	uint32_t host;		/* the id that the host sees for it */
	uint32_t count;
};

struct owner_map {
	struct owner_range ranges[OWNER_RANGES_MAX];
	unsigned int n;
	bool all;		/* ids in no range are shown as .host ... */
	uint32_t host;
	uint32_t image;		/* ... and .host is this id in the image */
};

struct owners {
	struct owner_map users;
	struct owner_map groups;
};

/*
 * owner_map_add - add a range "IMAGE:HOST[:COUNT]"
 * @groups: HOST may be a name: of a group, not of a user
 */
int owner_map_add(struct owner_map *map, const char *text, bool groups,
		  struct lkl_error *err);

/*
 * owner_map_all - show all files as belonging to the id in @text
 *
 * Files that this id makes belong to root in the image.
 */
int owner_map_all(struct owner_map *map, const char *text, bool groups,
		  struct lkl_error *err);

uint32_t owner_to_host(const struct owner_map *map, uint32_t id);
uint32_t owner_to_image(const struct owner_map *map, uint32_t id);

/* owners_change - whether any id is translated */
bool owners_change(const struct owners *owners);

/*
 * owners_acl_to_host, owners_acl_to_image - translate the ids in the value of
 * an ACL's extended attribute, in place
 */
void owners_acl_to_host(const struct owners *owners, void *acl, size_t size);
void owners_acl_to_image(const struct owners *owners, void *acl, size_t size);

#endif /* LKLFUSE_OWNERS_H */
