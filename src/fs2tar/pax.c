// SPDX-License-Identifier: GPL-2.0-only
/*
 * pax.c - members of a pax archive.
 *
 * POSIX.1-2008's pax interchange format, with GNU's records for sparse files
 * (version 1.0) and star's for extended attributes and ACLs, which are what
 * GNU tar and libarchive read.  A record is written only where the ustar
 * header cannot say it.
 *
 * Written here and not by libarchive, whose pax writer has one number for
 * the permissions of the owning group in an ACL and for the group bits of
 * the mode (they differ where the ACL has a mask), needs a locale to be told
 * what a file name is, adds a record to each name that is not UTF-8 which
 * GNU tar complains about, wants to be fed the bytes of holes, and takes
 * more than twice as long.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* mempcpy */
#endif
#include "pax.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../quote.h"

/* GNU tar's blocking factor of 20. */
#define RECORD_SIZE (20 * PAX_BLOCK)

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

_Static_assert(sizeof(struct ustar) == PAX_BLOCK, "a header is one block");

void pax_reset(struct pax *pax)
{
	pax->len = 0;
}

void pax_free(struct pax *pax)
{
	free(pax->records);
	pax->records = NULL;
	pax->len = pax->size = 0;
}

static unsigned int count_digits(uint64_t n)
{
	unsigned int digits = 1;

	while (n >= 10) {
		n /= 10;
		digits++;
	}
	return digits;
}

/*
 * Decimal digits, @width of them at least; returns their end.  Half of the
 * time spent here would be printf()'s.
 */
static char *print_number(char *out, uint64_t value, unsigned int width)
{
	unsigned int digits = count_digits(value), i;

	if (digits < width)
		digits = width;
	for (i = digits; i--; value /= 10)
		out[i] = (char)('0' + value % 10);
	return out + digits;
}

#define NUMBER_MAX 20		/* digits of the largest */

/* "LENGTH KEY=VALUE\n", where LENGTH counts itself. */
int pax_add(struct pax *pax, const char *key, const void *value, size_t len)
{
	size_t key_len = strlen(key), rest = key_len + len + 3, total, size;
	unsigned int digits = count_digits(rest);
	char *records;

	if (count_digits(rest + digits) > digits)
		digits++;
	total = rest + digits;

	if (pax->size - pax->len < total) {
		size = 2 * pax->size + total + 512;
		records = realloc(pax->records, size);
		if (!records)
			return -ENOMEM;
		pax->records = records;
		pax->size = size;
	}
	records = print_number(pax->records + pax->len, total, 0);
	*records++ = ' ';
	records = mempcpy(records, key, key_len);
	*records++ = '=';
	records = mempcpy(records, value, len);
	*records = '\n';
	pax->len += total;
	return 0;
}

static int add_string(struct pax *pax, const char *key, const char *value)
{
	return pax_add(pax, key, value, strlen(value));
}

static int add_number(struct pax *pax, const char *key, uint64_t value)
{
	char text[NUMBER_MAX];

	return pax_add(pax, key, text,
		       (size_t)(print_number(text, value, 0) - text));
}

static int add_time(struct pax *pax, const char *key, struct timestamp time)
{
	uint64_t sec = (uint64_t)time.sec;
	uint32_t nsec = time.nsec;
	char text[NUMBER_MAX + 12], *end = text;

	/* Before 1970 the two parts count in opposite directions. */
	if (time.sec < 0) {
		sec = -sec - (nsec != 0);
		nsec = nsec ? 1000000000 - nsec : 0;
		*end++ = '-';
	}
	end = print_number(end, sec, 0);
	if (nsec) {
		*end++ = '.';
		end = print_number(end, nsec, 9);
	}
	return pax_add(pax, key, text, (size_t)(end - text));
}

static bool fits_octal(uint64_t value, size_t size)
{
	return value < 1ull << 3 * (size - 1);
}

/*
 * Octal digits and a zero byte.  What does not fit also has a record; the
 * field gets GNU's binary form, for readers that know that one only.
 */
static void put_number(char *field, size_t size, uint64_t value)
{
	size_t i = size - 1;

	if (fits_octal(value, size)) {
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

#define PUT_NUMBER(field, value) put_number((field), sizeof(field), (value))

/* Unlike strncpy(), for fields that need no zero byte if they are full. */
static void put_string(char *field, size_t size, const char *text)
{
	size_t len = strlen(text);

	memcpy(field, text, len < size ? len : size);
}

#define PUT_STRING(field, text) put_string((field), sizeof(field), (text))

static void start_header(struct ustar *header, char type)
{
	memset(header, 0, sizeof(*header));
	header->type = type;
	memcpy(header->magic, "ustar", 6);
	memcpy(header->version, "00", 2);
}

static int finish_header(struct stream *stream, struct ustar *header)
{
	const unsigned char *bytes = (const unsigned char *)header;
	unsigned int sum = 0, i;

	memset(header->checksum, ' ', sizeof(header->checksum));
	for (i = 0; i < sizeof(*header); i++)
		sum += bytes[i];
	put_number(header->checksum, 7, sum);
	header->checksum[7] = ' ';
	return stream_put(stream, header, sizeof(*header));
}

static bool is_ascii(const char *text, size_t len)
{
	while (len--)
		if (*text++ & 0x80)
			return false;
	return true;
}

/*
 * Put a name into the header, as a whole or cut at a slash.  False if it
 * does not fit; its beginning is there then.
 */
static bool put_path(struct ustar *header, const char *path, size_t len)
{
	const char *slash;
	size_t prefix;

	PUT_STRING(header->name, path);
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
	PUT_STRING(header->name, slash + 1);
	memcpy(header->prefix, path, prefix);
	return true;
}

/*
 * Names that are UTF-8 go into a record unless they are ASCII and fit: that
 * is what the standard says a reader can rely on.  Others are bytes; the
 * ustar header holds those as they are and every reader takes them so, and
 * only where they do not fit, a record has to say that it is not UTF-8.
 */
static int add_name(struct pax *pax, const char *key, const char *name,
		    size_t len, bool fits, bool *binary)
{
	int ret;

	if (fits && (is_ascii(name, len) || !utf8_valid(name, len)))
		return 0;
	if (!*binary && !utf8_valid(name, len)) {
		ret = add_string(pax, "hdrcharset", "BINARY");
		if (ret < 0)
			return ret;
		*binary = true;
	}
	return pax_add(pax, key, name, len);
}

static size_t print_line(char *text, size_t at, uint64_t value)
{
	if (text)
		*print_number(text + at, value, 0) = '\n';
	return at + count_digits(value) + 1;
}

/* Print the map to @text, or just count if that is NULL. */
static size_t print_map(const struct sparse_map *map, uint64_t file_size,
			char *text)
{
	bool hole = sparse_ends_in_hole(map, file_size);
	size_t len, i;

	len = print_line(text, 0, map->n + hole);
	for (i = 0; i < map->n; i++) {
		len = print_line(text, len, map->extents[i].offset);
		len = print_line(text, len, map->extents[i].len);
	}
	if (hole) {
		len = print_line(text, len, file_size);
		len = print_line(text, len, 0);
	}
	return len;
}

static int put_map(struct stream *stream, const struct sparse_map *map,
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

/* "DIRECTORY/INSERT/NAME" for readers that do not know what it stands for. */
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

static int put_records(struct pax *pax, struct stream *stream,
		       const struct pax_member *member)
{
	struct ustar header;
	char *name;
	int ret;

	if (!pax->len)
		return 0;
	name = hidden_name(member->path, "PaxHeaders");
	if (!name)
		return -ENOMEM;
	start_header(&header, 'x');
	put_path(&header, name, strlen(name));
	free(name);
	PUT_NUMBER(header.mode, 0644);
	PUT_NUMBER(header.uid, 0);
	PUT_NUMBER(header.gid, 0);
	PUT_NUMBER(header.size, pax->len);
	PUT_NUMBER(header.mtime, (uint64_t)member->mtime.sec);
	ret = finish_header(stream, &header);
	if (!ret)
		ret = stream_put(stream, pax->records, pax->len);
	if (!ret)
		ret = stream_put_zeroes(stream, pax_padding(pax->len));
	return ret;
}

static int add_sparse(struct pax *pax, const struct pax_member *member)
{
	int ret;

	ret = add_string(pax, "GNU.sparse.major", "1");
	if (!ret)
		ret = add_string(pax, "GNU.sparse.minor", "0");
	if (!ret)
		ret = add_string(pax, "GNU.sparse.name", member->path);
	if (!ret)
		ret = add_number(pax, "GNU.sparse.realsize", member->size);
	return ret;
}

/* Records for what the header's fields are too small for. */
static int add_overflows(struct pax *pax, const struct pax_member *member,
			 const struct ustar *header, uint64_t stored)
{
	uint64_t mtime = (uint64_t)member->mtime.sec;
	int ret = 0;

	if (!fits_octal(stored, sizeof(header->size)))
		ret = add_number(pax, "size", stored);
	if (!ret && !fits_octal(member->uid, sizeof(header->uid)))
		ret = add_number(pax, "uid", member->uid);
	if (!ret && !fits_octal(member->gid, sizeof(header->gid)))
		ret = add_number(pax, "gid", member->gid);
	if (!ret && strlen(member->user) > sizeof(header->uname))
		ret = add_string(pax, "uname", member->user);
	if (!ret && strlen(member->group) > sizeof(header->gname))
		ret = add_string(pax, "gname", member->group);
	if (!ret && (member->mtime.nsec ||
		     !fits_octal(mtime, sizeof(header->mtime))))
		ret = add_time(pax, "mtime", member->mtime);
	if (!ret && member->has_atime_ctime)
		ret = add_time(pax, "atime", member->atime);
	if (!ret && member->has_atime_ctime)
		ret = add_time(pax, "ctime", member->ctime);
	return ret;
}

static int add_names(struct pax *pax, const struct pax_member *member,
		     struct ustar *header)
{
	size_t len = strlen(member->path);
	bool binary = false, fits;
	int ret;

	fits = put_path(header, member->path, len);
	if (!member->map) {
		ret = add_name(pax, "path", member->path, len, fits, &binary);
		if (ret < 0)
			return ret;
	}
	if (!member->target)
		return 0;
	len = strlen(member->target);
	PUT_STRING(header->linkname, member->target);
	return add_name(pax, "linkpath", member->target, len,
			len <= sizeof(header->linkname), &binary);
}

int pax_put_header(struct pax *pax, struct stream *stream,
		   const struct pax_member *member)
{
	uint64_t stored = member->size;
	struct ustar header;
	size_t map_len;
	char *name;
	int ret;

	start_header(&header, member->type);
	ret = add_names(pax, member, &header);
	if (ret < 0)
		return ret;
	if (member->map) {
		map_len = print_map(member->map, member->size, NULL);
		stored = map_len + pax_padding(map_len) + member->map->data;
		ret = add_sparse(pax, member);
		if (ret < 0)
			return ret;
		name = hidden_name(member->path, "GNUSparseFile.0");
		if (!name)
			return -ENOMEM;
		memset(header.name, 0, sizeof(header.name));
		memset(header.prefix, 0, sizeof(header.prefix));
		put_path(&header, name, strlen(name));
		free(name);
	}
	ret = add_overflows(pax, member, &header, stored);
	if (ret < 0)
		return ret;
	ret = put_records(pax, stream, member);
	if (ret < 0)
		return ret;

	PUT_NUMBER(header.mode, member->mode);
	PUT_NUMBER(header.uid, member->uid);
	PUT_NUMBER(header.gid, member->gid);
	PUT_NUMBER(header.size, stored);
	PUT_NUMBER(header.mtime, (uint64_t)member->mtime.sec);
	PUT_STRING(header.uname, member->user);
	PUT_STRING(header.gname, member->group);
	PUT_NUMBER(header.devmajor, member->major);
	PUT_NUMBER(header.devminor, member->minor);
	ret = finish_header(stream, &header);
	if (!ret && member->map)
		ret = put_map(stream, member->map, member->size);
	return ret;
}

int pax_put_end(struct stream *stream)
{
	uint64_t end = stream_position(stream) + 2 * PAX_BLOCK;

	return stream_put_zeroes(stream, 2 * PAX_BLOCK + -end % RECORD_SIZE);
}
