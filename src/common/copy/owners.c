// SPDX-License-Identifier: GPL-2.0-only
/*
 * owners.c - maps the owners of files: --owner, --group and --chown-map.
 */
#include "owners.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/cli/parse.h"

void owners_free(struct owners *owners)
{
	free(owners->owner.name);
	free(owners->group.name);
	free(owners->ranges);
	memset(owners, 0, sizeof(*owners));
}

static int owners_parse_id(const char *text, bool group, uint32_t *ret_id,
			   struct lkl_error *err)
{
	struct owner owner = { 0 };
	int ret;

	ret = owner_parse(text, group, &owner, err);
	if (ret < 0)
		return ret;
	free(owner.name);
	if (!owner.has_id)
		return error_set(err, -EINVAL, "no such %s here: %s",
				 group ? "group" : "user", text);
	*ret_id = owner.id;
	return 0;
}

/* Cuts the text at the next colon; NULL at the end. */
static char *next_field(char **rest)
{
	return strsep(rest, ":");
}

static int owners_parse_range(char *text, struct owner_range *range,
			      struct lkl_error *err)
{
	const char *from, *to, *count;
	uint64_t number = 1;
	int ret;

	from = next_field(&text);
	to = next_field(&text);
	count = next_field(&text);
	if (!from || !to || text)
		return error_set(err, -EINVAL,
				 "not of the form [u:|g:]FROM:TO[:COUNT]");
	ret = owners_parse_id(from, !range->users, &range->from, err);
	if (!ret)
		ret = owners_parse_id(to, !range->users, &range->to, err);
	if (!ret && count)
		ret = parse_number(count, UINT32_MAX, &number, err);
	if (ret < 0)
		return ret;
	/* The last id is reserved. */
	if (!number || number > UINT32_MAX - range->from ||
	    number > UINT32_MAX - range->to)
		return error_set(err, -ERANGE, "count out of range: %s",
				 count ? count : "1");
	range->count = (uint32_t)number;
	return 0;
}

int owners_add_range(struct owners *owners, const char *text,
		     struct lkl_error *err)
{
	struct owner_range range = { .users = true, .groups = true }, *ranges;
	const char *rest = text;
	char *copy;
	int ret;

	if (!strncmp(text, "u:", 2)) {
		range.groups = false;
		rest += 2;
	} else if (!strncmp(text, "g:", 2)) {
		range.users = false;
		rest += 2;
	}
	copy = strdup(rest);
	ranges = realloc(owners->ranges, (owners->n + 1) * sizeof(*ranges));
	if (ranges)
		owners->ranges = ranges;
	if (!copy || !ranges) {
		free(copy);
		return error_no_memory(err);
	}
	ret = owners_parse_range(copy, &range, err);
	free(copy);
	if (ret < 0)
		return ret;
	owners->ranges[owners->n++] = range;
	return 0;
}

static uint32_t owners_map_id(const struct owners *owners, uint32_t id,
			      bool group)
{
	const struct owner_range *range;
	size_t i;

	for (i = 0; i < owners->n; i++) {
		range = &owners->ranges[i];
		if (group ? range->groups : range->users)
			if (id >= range->from &&
			    id - range->from < range->count)
				return range->to + (id - range->from);
	}
	return id;
}

uint32_t owners_user(const struct owners *owners, uint32_t uid)
{
	return owners->owner.has_id ? owners->owner.id :
		owners_map_id(owners, uid, false);
}

uint32_t owners_group(const struct owners *owners, uint32_t gid)
{
	return owners->group.has_id ? owners->group.id :
		owners_map_id(owners, gid, true);
}
