// SPDX-License-Identifier: GPL-2.0-only
/*
 * fstab-source.c - what kind of name the first field of a line of /etc/fstab is.
 */
#include "fstab-source.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof(*(array)))

/* udev writes odd bytes of a label as "\x20". */
static void decode_link(const char *text, char *out, size_t size)
{
	unsigned int byte;
	int n;

	for (; *text && size > 1; size--) {
		n = 0;
		if (sscanf(text, "\\x%2x%n", &byte, &n) == 1 && n == 4 && byte) {
			*out++ = (char)byte;
			text += n;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

static bool parse_link(const char *text, struct fstab_source *source)
{
	static const struct {
		const char *directory, *tag;
	} links[] = {
		{ "/dev/disk/by-uuid/", "UUID=" },
		{ "/dev/disk/by-label/", "LABEL=" },
		{ "/dev/disk/by-partuuid/", "PARTUUID=" },
		{ "/dev/disk/by-partlabel/", "PARTLABEL=" },
		{ "/dev/disk/by-id/dm-name-", "/dev/mapper/" },
	};
	size_t i, len;

	for (i = 0; i < N(links); i++) {
		len = strlen(links[i].directory);
		if (strncmp(text, links[i].directory, len) != 0)
			continue;
		strcpy(source->name, links[i].tag);
		decode_link(text + len, source->name + strlen(links[i].tag),
			    sizeof(source->name) - strlen(links[i].tag));
		return true;
	}
	return false;
}

/* TAG=value; the value may be quoted. */
static bool parse_tag(const char *text, struct fstab_source *source)
{
	const char *equals = strchr(text, '='), *value;
	size_t len;

	if (!equals || strchr(text, '/') == text)
		return false;
	value = equals + 1;
	len = strlen(value);
	if (len >= 2 && (*value == '"' || *value == '\'') &&
	    value[len - 1] == *value) {
		value++;
		len -= 2;
	}
	snprintf(source->name, sizeof(source->name), "%.*s=%.*s",
		 (int)(equals - text), text, (int)len, value);
	return true;
}

/* At most four digits, so that nothing overflows. */
static bool parse_digits(const char **text, unsigned int *ret_number)
{
	unsigned int n = 0, digits = 0;

	while (isdigit((unsigned char)**text) && digits++ < 4)
		n = 10 * n + (unsigned int)(*(*text)++ - '0');
	*ret_number = n;
	return digits && digits <= 4;
}

/* "a" is 0, "z" is 25, "aa" is 26. */
static bool parse_letters(const char **text, unsigned int *ret_number)
{
	unsigned int n = 0, letters = 0;

	while (islower((unsigned char)**text) && letters++ < 3)
		n = 26 * n + (unsigned int)(*(*text)++ - 'a') + 1;
	*ret_number = n - 1;
	return letters && letters <= 3;
}

/* sdb2, vda */
static bool parse_lettered_disk(const char *name, struct fstab_source *source)
{
	static const char *const kinds[] = { "sd", "hd", "vd", "xvd", "ubd" };
	size_t i;

	for (i = 0; i < N(kinds); i++)
		if (!strncmp(name, kinds[i], strlen(kinds[i])))
			break;
	if (i == N(kinds))
		return false;
	name += strlen(kinds[i]);
	if (!parse_letters(&name, &source->disk))
		return false;
	source->partition = 0;
	return !*name || (parse_digits(&name, &source->partition) && !*name &&
			  source->partition);
}

/* nvme0n1p2, mmcblk0p1 */
static bool parse_numbered_disk(const char *name, struct fstab_source *source)
{
	unsigned int namespace = 1;
	bool is_nvme = !strncmp(name, "nvme", 4);

	if (!is_nvme && strncmp(name, "mmcblk", 6) != 0)
		return false;
	name += is_nvme ? 4 : 6;
	if (!parse_digits(&name, &source->disk))
		return false;
	if (is_nvme && (*name++ != 'n' || !parse_digits(&name, &namespace)))
		return false;
	/* No image tells the namespaces of a disk apart. */
	if (namespace != 1)
		return false;
	source->partition = 0;
	return !*name || (*name++ == 'p' &&
			  parse_digits(&name, &source->partition) && !*name &&
			  source->partition);
}

/* "/dev/md0" is "/dev/md/0". */
static bool parse_array(const char *name, struct fstab_source *source)
{
	if (strncmp(name, "md", 2) != 0 || !isdigit((unsigned char)name[2]))
		return false;
	snprintf(source->name, sizeof(source->name), "/dev/md/%s", name + 2);
	return true;
}

/* Names that depend on where a disk is plugged in, or on the order of events. */
static bool is_elsewhere(const char *text)
{
	static const char *const heads[] = {
		"/dev/disk/", "/dev/dm-", "/dev/loop", "/dev/zvol/",
		"/dev/bcache", "/dev/root", "/dev/ram",
	};
	size_t i;

	for (i = 0; i < N(heads); i++)
		if (!strncmp(text, heads[i], strlen(heads[i])))
			return true;
	return strncmp(text, "/dev/", 5) != 0;
}

void fstab_source_parse(const char *text, struct fstab_source *ret_source)
{
	struct fstab_source source = { .kind = FSTAB_NAME };

	if (strlen(text) >= FSTAB_SOURCE_MAX) {
		source.kind = FSTAB_UNKNOWN;
	} else if (!parse_tag(text, &source) && !parse_link(text, &source)) {
		if (is_elsewhere(text))
			source.kind = FSTAB_UNKNOWN;
		else if (parse_lettered_disk(text + 5, &source) ||
			 parse_numbered_disk(text + 5, &source))
			source.kind = FSTAB_DISK;
		else if (!parse_array(text + 5, &source))
			strcpy(source.name, text);
	}
	*ret_source = source;
}
