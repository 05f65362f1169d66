// SPDX-License-Identifier: GPL-2.0-only
/* owners.c - translation of owners between the image and the host. */
#include "owners.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include <lkl/linux/posix_acl.h>
#include <lkl/linux/posix_acl_xattr.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/cli/parse.h"

/* (uid_t)-1 is not a valid id. */
#define ID_MAX (UINT32_MAX - 1)

/* Parse one number of "A:B:C".  Moves *@text behind the colon or to the end. */
static int parse_id(const char **text, uint64_t max, uint32_t *ret_id,
		    struct lkl_error *err)
{
	size_t len = strcspn(*text, ":");
	char number[16];
	uint64_t value;
	int ret;

	if (len >= sizeof(number))
		return error_set(err, -ERANGE, "too long a number: %s", *text);
	memcpy(number, *text, len);
	number[len] = '\0';
	ret = parse_number(number, max, &value, err);
	if (ret < 0)
		return ret;
	*text += len + ((*text)[len] == ':');
	*ret_id = (uint32_t)value;
	return 0;
}

/* Parse a number or a name of the host's. */
static int parse_host_id(const char **text, bool groups, uint32_t *ret_id,
			 struct lkl_error *err)
{
	cleanup_free char *name = NULL;
	const struct passwd *user;
	const struct group *group;
	size_t len = strcspn(*text, ":");

	if (**text >= '0' && **text <= '9')
		return parse_id(text, ID_MAX, ret_id, err);
	name = strndup(*text, len);
	if (!name)
		return error_no_memory(err);
	if (groups) {
		group = getgrnam(name);
		if (!group)
			return error_set(err, -EINVAL, "no such group: %s",
					 name);
		*ret_id = group->gr_gid;
	} else {
		user = getpwnam(name);
		if (!user)
			return error_set(err, -EINVAL, "no such user: %s",
					 name);
		*ret_id = user->pw_uid;
	}
	*text += len + ((*text)[len] == ':');
	return 0;
}

int owner_map_add(struct owner_map *map, const char *text, bool groups,
		  struct lkl_error *err)
{
	struct owner_range range = { .count = 1 };
	const char *at = text;
	int ret;

	if (map->n == OWNER_RANGES_MAX)
		return error_set(err, -E2BIG, "more than %d ranges",
				 OWNER_RANGES_MAX);
	ret = parse_id(&at, ID_MAX, &range.image, err);
	if (ret < 0)
		return ret;
	if (!*at)
		return error_set(err, -EINVAL,
				 "not of the form IMAGE:HOST[:COUNT]: %s",
				 text);
	ret = parse_host_id(&at, groups, &range.host, err);
	if (!ret && *at)
		ret = parse_id(&at, ID_MAX, &range.count, err);
	if (ret < 0)
		return ret;
	if (*at || !range.count || range.count > UINT32_MAX - range.image ||
	    range.count > UINT32_MAX - range.host)
		return error_set(err, -EINVAL, "not a range: %s", text);
	map->ranges[map->n++] = range;
	return 0;
}

int owner_map_all(struct owner_map *map, const char *text, bool groups,
		  struct lkl_error *err)
{
	const char *at = text;
	int ret = parse_host_id(&at, groups, &map->host, err);

	if (ret < 0)
		return ret;
	if (*at)
		return error_set(err, -EINVAL, "not a number: %s", text);
	map->all = true;
	return 0;
}

uint32_t owner_to_host(const struct owner_map *map, uint32_t id)
{
	const struct owner_range *range = map->ranges;
	unsigned int i;

	for (i = 0; i < map->n; i++, range++)
		if (id >= range->image && id - range->image < range->count)
			return range->host + (id - range->image);
	return map->all ? map->host : id;
}

uint32_t owner_to_image(const struct owner_map *map, uint32_t id)
{
	const struct owner_range *range = map->ranges;
	unsigned int i;

	for (i = 0; i < map->n; i++, range++)
		if (id >= range->host && id - range->host < range->count)
			return range->image + (id - range->host);
	return map->all && id == map->host ? map->image : id;
}

bool owners_change(const struct owners *owners)
{
	return owners->users.n || owners->users.all || owners->groups.n ||
		owners->groups.all;
}

typedef uint32_t translate_fn(const struct owner_map *map, uint32_t id);

/* ACLs are little-endian, and so are all supported hosts. */
static void translate_acl(const struct owners *owners, void *acl, size_t size,
			  translate_fn *translate)
{
	struct lkl_posix_acl_xattr_entry *entry;

	if (size < sizeof(struct lkl_posix_acl_xattr_header))
		return;
	entry = (void *)((char *)acl +
			 sizeof(struct lkl_posix_acl_xattr_header));
	size -= sizeof(struct lkl_posix_acl_xattr_header);
	for (; size >= sizeof(*entry); entry++, size -= sizeof(*entry)) {
		if (entry->e_tag == LKL_ACL_USER)
			entry->e_id = translate(&owners->users, entry->e_id);
		else if (entry->e_tag == LKL_ACL_GROUP)
			entry->e_id = translate(&owners->groups, entry->e_id);
	}
}

void owners_acl_to_host(const struct owners *owners, void *acl, size_t size)
{
	translate_acl(owners, acl, size, owner_to_host);
}

void owners_acl_to_image(const struct owners *owners, void *acl, size_t size)
{
	translate_acl(owners, acl, size, owner_to_image);
}
