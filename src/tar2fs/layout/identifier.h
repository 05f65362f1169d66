/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * identifier.h - UUIDs and salts, random or derived from the things that they name.
 */
#ifndef TAR2FS_LAYOUT_IDENTIFIER_H
#define TAR2FS_LAYOUT_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#include "common/cli/common-options.h"
#include "common/image/partition-type.h"

#define IDENTIFIER_SIZE	32u

struct identifier {
	uint8_t bytes[IDENTIFIER_SIZE];
};

/*
 * identifier_make - bytes that name something
 * @fixed: make them of @text and @more, which may be NULL, by SHA-256;
 *	   otherwise they are random
 *
 * Call digest_library_load() before.
 */
int identifier_make(bool fixed, const char *text, const struct identifier *more,
		    struct identifier *ret_identifier, struct lkl_error *err);

/* A UUID of version 4. */
void identifier_guid(const struct identifier *identifier,
		     char ret_guid[GUID_TEXT_MAX]);

/* These 16 bytes as they are. */
void format_guid(const uint8_t *bytes, char ret_guid[GUID_TEXT_MAX]);

/* Digits for all bytes.  Returns @buf. */
char *format_hex(const uint8_t *bytes, size_t len, char *buf);

/*
 * content_digest - a digest of all that is not zero in a file
 * @sandbox: to read it in
 */
int content_digest(const char *path, enum sandbox_mode sandbox,
		   struct identifier *ret_digest, struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_IDENTIFIER_H */
