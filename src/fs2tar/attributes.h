/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attributes.h - extended attributes and ACLs of a file.
 */
#ifndef FS2TAR_ATTRIBUTES_H
#define FS2TAR_ATTRIBUTES_H

#include "records.h"

/* Room to read into, reused from file to file. */
struct attributes {
	char *names, *value;
	const char **sorted;
};

int attributes_init(struct attributes *attributes);
void attributes_free(struct attributes *attributes);

/*
 * attributes_add - add records for all attributes of a file
 * @name: in the kernel's current directory; a link is not followed
 *
 * Goes on behind an attribute that cannot be read; returns the first error.
 */
int attributes_add(struct attributes *attributes, const char *name,
		   struct records *records);

#endif /* FS2TAR_ATTRIBUTES_H */
