// SPDX-License-Identifier: GPL-2.0-only
/* tag.c - choose a partition or a volume by TAG=value. */
#include "tag.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct tag {
	const char *name;
	size_t value;			/* offset in struct tag_values */
	bool any_case;
} tags[] = {
	{ "LABEL", offsetof(struct tag_values, label), false },
	{ "UUID", offsetof(struct tag_values, uuid), true },
	{ "PARTLABEL", offsetof(struct tag_values, partlabel), false },
	{ "PARTUUID", offsetof(struct tag_values, partuuid), true },
};

static const struct tag *tag_find(const char *which)
{
	size_t len = strcspn(which, "=");
	unsigned int i;

	for (i = 0; i < sizeof(tags) / sizeof(*tags); i++)
		if (strlen(tags[i].name) == len &&
		    !strncmp(tags[i].name, which, len))
			return &tags[i];
	return NULL;
}

bool tag_is_known(const char *which)
{
	return tag_find(which);
}

bool tag_matches(const struct tag_values *values, const char *which)
{
	const struct tag *tag = tag_find(which);
	const char *value, *wanted;

	if (!tag)
		return false;
	value = *(const char *const *)((const char *)values + tag->value);
	wanted = which + strlen(tag->name) + 1;
	if (!*value)
		return false;
	return !(tag->any_case ? strcasecmp(value, wanted) :
		 strcmp(value, wanted));
}
