// SPDX-License-Identifier: GPL-2.0-only
/*
 * manifest.c - descriptions of files in a pipe between two processes.
 *
 * Both are the same program, so numbers are as they are in memory.  The reader
 * trusts nothing: the writer has interpreted an image.
 */
#include "manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/attributes/xattrs.h"
#include "common/digest.h"

/* No path of a walk is longer: 8000 levels of 255 bytes. */
#define TEXT_MAX (2u << 20)
#define NO_TARGET UINT32_MAX
#define END UINT32_MAX

struct header {
	uint32_t path_len, target_len;
	uint32_t mode, uid, gid, major, minor, mtime_nsec;
	uint64_t size;			/* in END: failures */
	int64_t mtime;
	uint8_t has_digest;
	uint8_t digest[32];
	uint8_t has_part[N_PARTS];
	uint8_t parts[N_PARTS][32];
};

void manifest_entry_free(struct manifest_entry *entry)
{
	free(entry->path);
	free(entry->target);
	entry->path = entry->target = NULL;
}

static enum manifest_part part_of(const char *name)
{
	if (!strcmp(name, XATTR_ACCESS) || !strcmp(name, XATTR_DEFAULT))
		return PART_ACL;
	return !strcmp(name, XATTR_SELINUX) ||
		!strncmp(name, "trusted.", strlen("trusted.")) ?
		PART_HOST : PART_XATTR;
}

static void hash_xattr(struct hasher *hasher, const struct xattr *xattr)
{
	uint64_t len = xattr->len;

	hasher_update(hasher, xattr->name, strlen(xattr->name) + 1);
	hasher_update(hasher, &len, sizeof(len));
	hasher_update(hasher, xattr->value, xattr->len);
}

void manifest_set_xattrs(struct manifest_entry *entry,
			 const struct xattrs *xattrs)
{
	struct digest digest;
	struct hasher hasher;
	struct xattr xattr;
	unsigned int part;
	bool found;
	size_t at;

	for (part = 0; part < N_PARTS; part++) {
		found = false;
		at = 0;
		hasher_begin(&hasher, DIGEST_SHA256);
		while (xattrs_next(xattrs, &at, &xattr)) {
			if (part_of(xattr.name) != part)
				continue;
			found = true;
			hash_xattr(&hasher, &xattr);
		}
		hasher_finish(&hasher, &digest);
		entry->has_part[part] = true;
		memset(entry->parts[part], 0, sizeof(entry->parts[part]));
		if (found)
			memcpy(entry->parts[part], digest.bytes,
			       sizeof(entry->parts[part]));
	}
}

void manifest_write(FILE *out, const struct manifest_entry *entry)
{
	struct header header;
	size_t path_len = strlen(entry->path);
	size_t target_len = entry->target ? strlen(entry->target) : 0;
	unsigned int i;

	memset(&header, 0, sizeof(header));
	header.path_len = (uint32_t)path_len;
	header.target_len = entry->target ? (uint32_t)target_len : NO_TARGET;
	header.mode = entry->mode;
	header.uid = entry->uid;
	header.gid = entry->gid;
	header.major = entry->major;
	header.minor = entry->minor;
	header.size = entry->size;
	header.mtime = entry->mtime;
	header.mtime_nsec = entry->mtime_nsec;
	header.has_digest = entry->has_digest;
	memcpy(header.digest, entry->digest, sizeof(header.digest));
	for (i = 0; i < N_PARTS; i++)
		header.has_part[i] = entry->has_part[i];
	memcpy(header.parts, entry->parts, sizeof(header.parts));
	fwrite(&header, sizeof(header), 1, out);
	fwrite(entry->path, 1, path_len, out);
	fwrite(entry->target ? entry->target : "", 1, target_len, out);
}

void manifest_end(FILE *out, uint64_t failures)
{
	struct header header;

	memset(&header, 0, sizeof(header));
	header.path_len = END;
	header.size = failures;
	fwrite(&header, sizeof(header), 1, out);
}

static int read_text(FILE *in, uint32_t len, char **ret_text)
{
	char *text;

	if (len > TEXT_MAX)
		return -EPROTO;
	text = malloc((size_t)len + 1);
	if (!text)
		return -ENOMEM;
	if (fread(text, 1, len, in) != len || memchr(text, 0, len)) {
		free(text);
		return -EPROTO;
	}
	text[len] = '\0';
	*ret_text = text;
	return 0;
}

int manifest_read(FILE *in, struct manifest_entry *ret_entry,
		  uint64_t *ret_failures)
{
	struct manifest_entry entry = { 0 };
	struct header header;
	unsigned int i;
	int ret;

	if (fread(&header, sizeof(header), 1, in) != 1)
		return -EPROTO;
	if (header.path_len == END) {
		*ret_failures = header.size;
		return 0;
	}
	ret = read_text(in, header.path_len, &entry.path);
	if (!ret && header.target_len != NO_TARGET)
		ret = read_text(in, header.target_len, &entry.target);
	if (ret < 0) {
		manifest_entry_free(&entry);
		return ret;
	}
	entry.mode = header.mode;
	entry.uid = header.uid;
	entry.gid = header.gid;
	entry.major = header.major;
	entry.minor = header.minor;
	entry.size = header.size;
	entry.mtime = header.mtime;
	entry.mtime_nsec = header.mtime_nsec;
	entry.has_digest = header.has_digest;
	memcpy(entry.digest, header.digest, sizeof(entry.digest));
	for (i = 0; i < N_PARTS; i++)
		entry.has_part[i] = header.has_part[i];
	memcpy(entry.parts, header.parts, sizeof(entry.parts));
	*ret_entry = entry;
	return 1;
}

/* A slash comes before all other bytes. */
static int rank(char c)
{
	return !c ? 0 : c == '/' ? 1 : 1 + (unsigned char)c;
}

int manifest_compare(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}
