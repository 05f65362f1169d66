// SPDX-License-Identifier: GPL-2.0-only
/*
 * segment.c - where the data of a LUKS2 volume are.
 *
 * libcryptsetup tells all about the first segment but its size.  That, and the
 * number of segments, are only in the JSON of the header, which libcryptsetup
 * has checked.
 */
#include "segment.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <libcryptsetup.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/storage/luks-protocol.h"

static int refuse(struct luks_result *result, const char *text)
{
	result->ret = -ENOTSUP;
	snprintf(result->text, sizeof(result->text), "%s", text);
	return -ENOTSUP;
}

static int read_size(const json_t *segment, struct luks_result *result)
{
	const char *type = json_string_value(json_object_get(segment, "type"));
	const char *size = json_string_value(json_object_get(segment, "size"));
	unsigned long long bytes;
	char *end;

	if (!type || strcmp(type, "crypt"))
		return refuse(result,
			      "its data are not a plain encrypted segment");
	if (!size)
		return refuse(result, "its segment has no size");
	if (!strcmp(size, "dynamic"))
		return 0;
	errno = 0;
	bytes = strtoull(size, &end, 10);
	if (errno || *end || !bytes || bytes % 512)
		return refuse(result, "its segment has an impossible size");
	result->length = bytes / 512;
	return 0;
}

int segment_read(struct crypt_device *device, struct luks_result *result)
{
	const char *text = NULL;
	json_t *root, *segments;
	json_error_t error;
	int ret;

	ret = crypt_dump_json(device, &text, 0);
	if (ret < 0 || !text)
		return refuse(result, "its header has no readable JSON");
	root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	segments = json_object_get(root, "segments");
	if (json_object_size(segments) != 1)
		ret = refuse(result, "its data are in several segments");
	else
		ret = read_size(json_object_iter_value(
					json_object_iter(segments)), result);
	json_decref(root);
	return ret;
}
