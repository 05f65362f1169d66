// SPDX-License-Identifier: GPL-2.0-only
/*
 * owner.c - parse the arguments of --owner and --group.
 */
#include "owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "parse.h"

static void look_up_id(struct owner *owner, bool group)
{
	const struct passwd *user_entry;
	const struct group *group_entry;

	if (group) {
		group_entry = getgrnam(owner->name);
		owner->has_id = group_entry;
		owner->id = group_entry ? group_entry->gr_gid : 0;
	} else {
		user_entry = getpwnam(owner->name);
		owner->has_id = user_entry;
		owner->id = user_entry ? user_entry->pw_uid : 0;
	}
}

int owner_parse(const char *text, bool group, struct owner *ret_owner,
		struct lkl_error *err)
{
	struct owner owner = { 0 };
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	uint64_t id;
	int ret;

	if (!*text)
		return error_set(err, -EINVAL, "empty name");
	/* A number alone is an id; (uint32_t)-1 is reserved. */
	if (colon || strspn(text, "0123456789") == len) {
		ret = parse_number(colon ? colon + 1 : text, UINT32_MAX - 1,
				   &id, err);
		if (ret < 0)
			return ret;
		owner.id = (uint32_t)id;
		owner.has_id = true;
	}
	if (len && (colon || !owner.has_id)) {
		owner.name = strndup(text, len);
		if (!owner.name)
			return error_no_memory(err);
		if (!owner.has_id)
			look_up_id(&owner, group);
	}
	free(ret_owner->name);
	*ret_owner = owner;
	return 0;
}

int owner_parse_id(const char *text, bool group, struct owner *ret_owner,
		   struct lkl_error *err)
{
	int ret = owner_parse(text, group, ret_owner, err);

	return ret || ret_owner->has_id ? ret :
		error_set(err, -EINVAL,
			  "no such %s on this host, give a number: %s",
			  group ? "group" : "user", text);
}
