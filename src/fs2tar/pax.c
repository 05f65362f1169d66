// SPDX-License-Identifier: GPL-2.0-only
/*
 * pax.c - writes headers and records of a pax archive.
 *
 * The format is POSIX.1-2008's pax interchange format, with GNU's records for
 * sparse files (version 1.0) and star's for extended attributes and ACLs.
 * GNU tar and libarchive read these.  A record is written only for what the
 * ustar header cannot say.
 *
 * libarchive's own pax writer does not do.  It has one number for both the
 * permissions of the owning group in an ACL and the group bits of the mode,
 * which differ if the ACL has a mask.  It needs a locale to accept file names,
 * and adds a record that GNU tar complains about to each name that is not
 * UTF-8.  It wants the bytes of holes, and takes more than twice as long.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* mempcpy */
#endif
#include "pax.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/quote.h"

/* GNU tar's blocking factor of 20. */
#define RECORD_SIZE (20 * USTAR_BLOCK)

/* Not printf(): that would take half of the time for writing headers. */
#define DECIMAL_MAX 20		/* digits of the largest */

static unsigned int decimal_digits(uint64_t n)
{
	unsigned int digits = 1;

	while (n >= 10) {
		n /= 10;
		digits++;
	}
	return digits;
}

/* Writes at least @width digits; returns their end. */
static char *decimal_print(char *out, uint64_t value,
			   unsigned int width)
{
	unsigned int digits = decimal_digits(value), i;

	if (digits < width)
		digits = width;
	for (i = digits; i--; value /= 10)
		out[i] = (char)('0' + value % 10);
	return out + digits;
}

void records_reset(struct records *records)
{
	records->len = 0;
}

void records_free(struct records *records)
{
	free(records->text);
	records->text = NULL;
	records->len = records->size = 0;
}

/* "LENGTH KEY=VALUE\n", where LENGTH counts itself. */
int records_add(struct records *records, const char *key, const void *value,
		size_t len)
{
	size_t key_len = strlen(key), rest = key_len + len + 3, total, size;
	unsigned int digits = decimal_digits(rest);
	char *text;

	if (decimal_digits(rest + digits) > digits)
		digits++;
	total = rest + digits;

	if (records->size - records->len < total) {
		size = 2 * records->size + total + 512;
		text = realloc(records->text, size);
		if (!text)
			return -ENOMEM;
		records->text = text;
		records->size = size;
	}
	text = decimal_print(records->text + records->len, total, 0);
	*text++ = ' ';
	text = mempcpy(text, key, key_len);
	*text++ = '=';
	text = mempcpy(text, value, len);
	*text = '\n';
	records->len += total;
	return 0;
}

int records_add_string(struct records *records, const char *key,
		       const char *value)
{
	return records_add(records, key, value, strlen(value));
}

int records_add_number(struct records *records, const char *key,
		       uint64_t value)
{
	char text[DECIMAL_MAX];

	return records_add(records, key, text,
			   (size_t)(decimal_print(text, value, 0) - text));
}

int records_add_time(struct records *records, const char *key,
		     struct timestamp time)
{
	uint64_t sec = (uint64_t)time.sec;
	uint32_t nsec = time.nsec;
	char text[DECIMAL_MAX + 12], *end = text;

	/* Before 1970, nanoseconds count against the sign. */
	if (time.sec < 0) {
		sec = -sec - (nsec != 0);
		nsec = nsec ? 1000000000 - nsec : 0;
		*end++ = '-';
	}
	end = decimal_print(end, sec, 0);
	if (nsec) {
		*end++ = '.';
		end = decimal_print(end, nsec, 9);
	}
	return records_add(records, key, text, (size_t)(end - text));
}

struct ustar {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char linkname[100];
	char magic[6];
	char version[2];
	char uname[32];
	char gname[32];
	char devmajor[8];
	char devminor[8];
	char prefix[155];
	char pad[12];
};

_Static_assert(sizeof(struct ustar) == USTAR_BLOCK, "a header is one block");

/* Whether a field of @size bytes can hold @value as octal digits. */
static bool ustar_fits(uint64_t value, size_t size)
{
	return value < 1ull << 3 * (size - 1);
}

/*
 * Octal digits and a zero byte.  A larger number needs a record as well; the
 * field then has GNU's binary form, for readers that ignore records.
 */
#define USTAR_NUMBER(field, value) \
	ustar_number((field), sizeof(field), (value))

static void ustar_number(char *field, size_t size, uint64_t value)
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
		/* Keep the sign of times before 1970. */
		value = (uint64_t)((int64_t)value >> 8);
	}
	field[0] = (char)(value >> 63 ? 0xff : 0x80);
}

/* As much as fits.  A full field needs no zero byte. */
#define USTAR_STRING(field, text) \
	ustar_string((field), sizeof(field), (text))

static void ustar_string(char *field, size_t size, const char *text)
{
	size_t len = strlen(text);

	memcpy(field, text, len < size ? len : size);
}

static void ustar_start(struct ustar *header, char type)
{
	memset(header, 0, sizeof(*header));
	header->type = type;
	memcpy(header->magic, "ustar", 6);
	memcpy(header->version, "00", 2);
}

/* Writes the header.  -EIO if the output has failed. */
static int ustar_finish(struct ustar *header, struct stream *stream)
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

/*
 * Stores the name as a whole or split at a slash.  If it does not fit, stores
 * its beginning and returns false.
 */
static bool ustar_path(struct ustar *header, const char *path, size_t len)
{
	const char *slash;
	size_t prefix;

	memset(header->name, 0, sizeof(header->name));
	memset(header->prefix, 0, sizeof(header->prefix));
	USTAR_STRING(header->name, path);
	if (len <= sizeof(header->name))
		return true;
	/* The first slash with a part behind it that fits. */
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

static bool is_ascii(const char *text, size_t len)
{
	while (len--)
		if (*text++ & 0x80)
			return false;
	return true;
}

/*
 * A name in UTF-8 goes into a record unless it is ASCII and fits the header:
 * the standard says that readers can rely on this.  Any other name is a
 * string of bytes, which all readers take from the header unchanged.  If it
 * does not fit there, a record has to say that it is not UTF-8.
 */
static int add_name_record(struct records *records, const char *key,
			   const char *name, size_t len, bool fits, bool *binary)
{
	int ret;

	if (fits && (is_ascii(name, len) || !utf8_valid(name, len)))
		return 0;
	if (!*binary && !utf8_valid(name, len)) {
		ret = records_add_string(records, "hdrcharset", "BINARY");
		if (ret < 0)
			return ret;
		*binary = true;
	}
	return records_add(records, key, name, len);
}

static size_t print_map_line(char *text, size_t at, uint64_t value)
{
	if (text)
		*decimal_print(text + at, value, 0) = '\n';
	return at + decimal_digits(value) + 1;
}

/* Prints the map to @text, or just counts if that is NULL. */
static size_t print_map(const struct sparse_map *map, uint64_t file_size,
			char *text)
{
	bool hole = sparse_ends_in_hole(map, file_size);
	size_t len, i;

	len = print_map_line(text, 0, map->n + hole);
	for (i = 0; i < map->n; i++) {
		len = print_map_line(text, len, map->extents[i].offset);
		len = print_map_line(text, len, map->extents[i].len);
	}
	if (hole) {
		len = print_map_line(text, len, file_size);
		len = print_map_line(text, len, 0);
	}
	return len;
}

static int write_map(struct stream *stream, const struct sparse_map *map,
		     uint64_t file_size)
{
	size_t len = print_map(map, file_size, NULL);
	char *text = malloc(len + 1);
	int ret;

	if (!text)
		return -ENOMEM;
	print_map(map, file_size, text);
	ret = stream_put(stream, text, len);
	free(text);
	return ret < 0 ? ret : stream_put_zeroes(stream, pax_padding(len));
}

/* "DIRECTORY/INSERT/NAME": what a reader that ignores records will make. */
static char *hidden_name(const char *path, const char *insert)
{
	size_t len = strlen(path);
	char *name = malloc(len + strlen(insert) + 2), *end;
	const char *base;

	if (!name)
		return NULL;
	while (len > 1 && path[len - 1] == '/')
		len--;
	for (base = path + len; base > path && base[-1] != '/'; base--)
		;
	end = mempcpy(name, path, (size_t)(base - path));
	end = stpcpy(end, insert);
	*end++ = '/';
	end = mempcpy(end, base, (size_t)(path + len - base));
	*end = '\0';
	return name;
}

static int write_records(struct records *records, struct stream *stream,
			 const struct pax_member *member)
{
	struct ustar header;
	char *name;
	int ret;

	if (!records->len)
		return 0;
	name = hidden_name(member->path, "PaxHeaders");
	if (!name)
		return -ENOMEM;
	ustar_start(&header, 'x');
	ustar_path(&header, name, strlen(name));
	free(name);
	USTAR_NUMBER(header.mode, 0644);
	USTAR_NUMBER(header.uid, 0);
	USTAR_NUMBER(header.gid, 0);
	USTAR_NUMBER(header.size, records->len);
	USTAR_NUMBER(header.mtime, (uint64_t)member->mtime.sec);
	ret = ustar_finish(&header, stream);
	if (!ret)
		ret = stream_put(stream, records->text, records->len);
	if (!ret)
		ret = stream_put_zeroes(stream, pax_padding(records->len));
	return ret;
}

static int add_sparse_records(struct records *records,
			      const struct pax_member *member)
{
	int ret;

	ret = records_add_string(records, "GNU.sparse.major", "1");
	if (!ret)
		ret = records_add_string(records, "GNU.sparse.minor", "0");
	if (!ret)
		ret = records_add_string(records, "GNU.sparse.name",
					 member->path);
	if (!ret)
		ret = records_add_number(records, "GNU.sparse.realsize",
					 member->size);
	return ret;
}

/* Adds records for values that do not fit the header's fields. */
static int add_overflow_records(struct records *records,
				const struct pax_member *member,
				const struct ustar *header, uint64_t stored)
{
	uint64_t mtime = (uint64_t)member->mtime.sec;
	int ret = 0;

	if (!ustar_fits(stored, sizeof(header->size)))
		ret = records_add_number(records, "size", stored);
	if (!ret && !ustar_fits(member->uid, sizeof(header->uid)))
		ret = records_add_number(records, "uid", member->uid);
	if (!ret && !ustar_fits(member->gid, sizeof(header->gid)))
		ret = records_add_number(records, "gid", member->gid);
	if (!ret && strlen(member->user) > sizeof(header->uname))
		ret = records_add_string(records, "uname", member->user);
	if (!ret && strlen(member->group) > sizeof(header->gname))
		ret = records_add_string(records, "gname", member->group);
	if (!ret && (member->mtime.nsec ||
		     !ustar_fits(mtime, sizeof(header->mtime))))
		ret = records_add_time(records, "mtime", member->mtime);
	if (!ret && member->has_atime_ctime)
		ret = records_add_time(records, "atime", member->atime);
	if (!ret && member->has_atime_ctime)
		ret = records_add_time(records, "ctime", member->ctime);
	return ret;
}

static int add_name_records(struct records *records,
			    const struct pax_member *member, struct ustar *header)
{
	size_t len = strlen(member->path);
	bool binary = false, fits;
	int ret;

	fits = ustar_path(header, member->path, len);
	if (!member->map) {
		ret = add_name_record(records, "path", member->path, len, fits,
				      &binary);
		if (ret < 0)
			return ret;
	}
	if (!member->target)
		return 0;
	len = strlen(member->target);
	USTAR_STRING(header->linkname, member->target);
	return add_name_record(records, "linkpath", member->target, len,
			       len <= sizeof(header->linkname), &binary);
}

int pax_put_header(struct records *records, struct stream *stream,
		   const struct pax_member *member)
{
	uint64_t stored = member->size;
	struct ustar header;
	size_t map_len;
	char *name;
	int ret;

	ustar_start(&header, member->type);
	ret = add_name_records(records, member, &header);
	if (ret < 0)
		return ret;
	if (member->map) {
		map_len = print_map(member->map, member->size, NULL);
		stored = map_len + pax_padding(map_len) + member->map->data;
		ret = add_sparse_records(records, member);
		if (ret < 0)
			return ret;
		name = hidden_name(member->path, "GNUSparseFile.0");
		if (!name)
			return -ENOMEM;
		ustar_path(&header, name, strlen(name));
		free(name);
	}
	ret = add_overflow_records(records, member, &header, stored);
	if (ret < 0)
		return ret;
	ret = write_records(records, stream, member);
	if (ret < 0)
		return ret;

	USTAR_NUMBER(header.mode, member->mode);
	USTAR_NUMBER(header.uid, member->uid);
	USTAR_NUMBER(header.gid, member->gid);
	USTAR_NUMBER(header.size, stored);
	USTAR_NUMBER(header.mtime, (uint64_t)member->mtime.sec);
	USTAR_STRING(header.uname, member->user);
	USTAR_STRING(header.gname, member->group);
	USTAR_NUMBER(header.devmajor, member->major);
	USTAR_NUMBER(header.devminor, member->minor);
	ret = ustar_finish(&header, stream);
	if (!ret && member->map)
		ret = write_map(stream, member->map, member->size);
	return ret;
}

int pax_put_end(struct stream *stream)
{
	uint64_t end = stream_position(stream) + 2 * USTAR_BLOCK;
	uint64_t past = end % RECORD_SIZE;

	return stream_put_zeroes(stream, 2 * USTAR_BLOCK +
				 (past ? RECORD_SIZE - past : 0));
}
