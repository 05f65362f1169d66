// SPDX-License-Identifier: GPL-2.0-only
/*
 * ustar.c - the header of a member of a tar archive, and what fits into it.
 */
#include "ustar.h"

#include <string.h>

void ustar_start(struct ustar *header, char type)
{
	memset(header, 0, sizeof(*header));
	header->type = type;
	memcpy(header->magic, "ustar", 6);
	memcpy(header->version, "00", 2);
}

int ustar_finish(struct ustar *header, struct stream *stream)
{
	const unsigned char *bytes = (const unsigned char *)header;
	unsigned int sum = 0, i;

	memset(header->checksum, ' ', sizeof(header->checksum));
	for (i = 0; i < sizeof(*header); i++)
		sum += bytes[i];
	ustar_number(header->checksum, 7, sum);
	header->checksum[7] = ' ';
	return stream_put(stream, header, sizeof(*header));
}

void ustar_number(char *field, size_t size, uint64_t value)
{
	size_t i = size - 1;

	if (ustar_fits(value, size)) {
		field[i] = '\0';
		while (i--) {
			field[i] = (char)('0' + (value & 7));
			value >>= 3;
		}
		return;
	}
	for (i = size - 1; i > 0; i--) {
		field[i] = (char)value;
		/* Times before 1970: keep the sign. */
		value = (uint64_t)((int64_t)value >> 8);
	}
	field[0] = (char)(value >> 63 ? 0xff : 0x80);
}

void ustar_string(char *field, size_t size, const char *text)
{
	size_t len = strlen(text);

	memcpy(field, text, len < size ? len : size);
}

bool ustar_path(struct ustar *header, const char *path, size_t len)
{
	const char *slash;
	size_t prefix;

	memset(header->name, 0, sizeof(header->name));
	memset(header->prefix, 0, sizeof(header->prefix));
	USTAR_STRING(header->name, path);
	if (len <= sizeof(header->name))
		return true;
	/* The first slash that leaves few enough bytes behind it. */
	slash = memchr(path + len - sizeof(header->name) - 1, '/',
		       sizeof(header->name));
	if (!slash || slash == path)
		return false;
	prefix = (size_t)(slash - path);
	if (prefix > sizeof(header->prefix) || !slash[1])
		return false;
	memset(header->name, 0, sizeof(header->name));
	USTAR_STRING(header->name, slash + 1);
	memcpy(header->prefix, path, prefix);
	return true;
}
