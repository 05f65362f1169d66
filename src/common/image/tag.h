/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tag.h - choose a partition or a volume by TAG=value.
 */
#ifndef TOOLS_TAG_H
#define TOOLS_TAG_H

#include <stdbool.h>

/* The values of one partition or volume; an empty one matches nothing. */
struct tag_values {
	const char *label, *uuid;		/* of the file system */
	const char *partlabel, *partuuid;	/* of the partition */
};

/* tag_is_known - is the word before the first '=' of @which a tag? */
bool tag_is_known(const char *which);

/*
 * tag_matches - does TAG=value name what has these values?
 * @which: contains a '='
 *
 * UUIDs match in upper and lower case, labels only as they are.  An unknown tag
 * matches nothing.
 */
bool tag_matches(const struct tag_values *values, const char *which);

#endif /* TOOLS_TAG_H */
