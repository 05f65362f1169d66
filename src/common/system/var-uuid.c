// SPDX-License-Identifier: GPL-2.0-only
/*
 * var-uuid.c - the UUID of the partition that is the /var of one system.
 */
#include "discoverable.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/digest.h"
#include "common/image/partition-type.h"

/* 16 bytes of 32 digits; dashes between them do not count. */
static bool parse_id(const char *text, uint8_t ret_bytes[16])
{
	char guid[GUID_TEXT_MAX], digits[GUID_TEXT_MAX];
	unsigned int i, byte;
	size_t len = strcspn(text, "\n");

	if (len >= sizeof(digits))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
	if (!guid_parse(digits, guid))
		return false;
	for (i = 0, len = 0; i < 16; i++, len += 2) {
		len += guid[len] == '-';
		if (sscanf(guid + len, "%2x", &byte) != 1)
			return false;
		ret_bytes[i] = (uint8_t)byte;
	}
	return true;
}

static void hash_padded(const uint8_t key[16], uint8_t pad, const void *data,
			size_t len, struct digest *ret_digest)
{
	struct hasher hasher;
	uint8_t block[64];
	unsigned int i;

	memset(block, pad, sizeof(block));
	for (i = 0; i < 16; i++)
		block[i] ^= key[i];
	hasher_begin(&hasher, DIGEST_SHA256);
	hasher_update(&hasher, block, sizeof(block));
	hasher_update(&hasher, data, len);
	hasher_finish(&hasher, ret_digest);
}

/* The start of HMAC-SHA256 of the type, with the machine's id as the key. */
bool discoverable_var_uuid(const char *machine_id, char *ret_uuid)
{
	struct partition_type type;
	struct digest inner, outer;
	struct lkl_error ignored;
	uint8_t key[16], data[16], *id = outer.bytes;

	if (!machine_id || !parse_id(machine_id, key) ||
	    !type_parse("var", &type) || !parse_id(type.guid, data) ||
	    digest_library_load(&ignored) < 0)
		return false;
	hash_padded(key, 0x36, data, sizeof(data), &inner);
	hash_padded(key, 0x5c, inner.bytes, 32, &outer);
	/* A UUID of version 4. */
	id[6] = (uint8_t)((id[6] & 0x0f) | 0x40);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
	snprintf(ret_uuid, GUID_TEXT_MAX,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8],
		 id[9], id[10], id[11], id[12], id[13], id[14], id[15]);
	return true;
}
