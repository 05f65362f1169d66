/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * partition-type.h - the names of partition types.
 */
#ifndef TOOLS_PARTITION_TYPE_H
#define TOOLS_PARTITION_TYPE_H

#include <stdbool.h>

#define GUID_TEXT_MAX	37

struct partition_type {
	char guid[GUID_TEXT_MAX];	/* in lower case; "": has a code only */
	char name[32];			/* "": none, or not known */
	unsigned int dos_code;		/* 0: from the name */
};

/* "arm64" */
const char *types_architecture(void);

/*
 * type_parse - a type by its name, such as "root" or "esp", by its GUID, or by
 * its code in a DOS partition table, such as "0x0c"
 */
bool type_parse(const char *text, struct partition_type *ret_type);

/* With dashes or without; the result has them, in lower case. */
bool guid_parse(const char *text, char ret_guid[GUID_TEXT_MAX]);

/* A file system of this architecture or another. */
bool type_is_root(const struct partition_type *type);
bool type_is_usr(const struct partition_type *type);

/* Hashes or their signatures. */
bool type_is_verity(const struct partition_type *type);

/* Whether the flags for mounting mean anything. */
bool type_has_flags(const struct partition_type *type);

/* The code in a DOS partition table; 0: there is none. */
unsigned int type_dos_code(const struct partition_type *type);

#endif /* TOOLS_PARTITION_TYPE_H */
