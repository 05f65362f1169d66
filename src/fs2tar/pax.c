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

#include "common/cli/quote.h"
#include "decimal.h"
#include "ustar.h"

/* GNU tar's blocking factor of 20. */
#define RECORD_SIZE (20 * USTAR_BLOCK)

static bool is_ascii(const char *text, size_t len)
{
	while (len--)
		if (*text++ & 0x80)
			return false;
	return true;
}

/*
 * Names that are UTF-8 go into a record unless they are ASCII and fit: that
 * is what the standard says a reader can rely on.  Others are bytes; the
 * ustar header holds those as they are and every reader takes them so, and
 * only where they do not fit, a record has to say that it is not UTF-8.
 */
static int add_name(struct records *records, const char *key, const char *name,
		    size_t len, bool fits, bool *binary)
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

static size_t print_line(char *text, size_t at, uint64_t value)
{
	if (text)
		*decimal_print(text + at, value, 0) = '\n';
	return at + decimal_digits(value) + 1;
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

static int put_records(struct records *records, struct stream *stream,
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

static int add_sparse(struct records *records, const struct pax_member *member)
{
	int ret;

	ret = records_add_string(records, "GNU.sparse.major", "1");
	if (!ret)
		ret = records_add_string(records, "GNU.sparse.minor", "0");
	if (!ret)
		ret = records_add_string(records, "GNU.sparse.name", member->path);
	if (!ret)
		ret = records_add_number(records, "GNU.sparse.realsize", member->size);
	return ret;
}

/* Records for what the header's fields are too small for. */
static int add_overflows(struct records *records,
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

static int add_names(struct records *records, const struct pax_member *member,
		     struct ustar *header)
{
	size_t len = strlen(member->path);
	bool binary = false, fits;
	int ret;

	fits = ustar_path(header, member->path, len);
	if (!member->map) {
		ret = add_name(records, "path", member->path, len, fits, &binary);
		if (ret < 0)
			return ret;
	}
	if (!member->target)
		return 0;
	len = strlen(member->target);
	USTAR_STRING(header->linkname, member->target);
	return add_name(records, "linkpath", member->target, len,
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
	ret = add_names(records, member, &header);
	if (ret < 0)
		return ret;
	if (member->map) {
		map_len = print_map(member->map, member->size, NULL);
		stored = map_len + pax_padding(map_len) + member->map->data;
		ret = add_sparse(records, member);
		if (ret < 0)
			return ret;
		name = hidden_name(member->path, "GNUSparseFile.0");
		if (!name)
			return -ENOMEM;
		ustar_path(&header, name, strlen(name));
		free(name);
	}
	ret = add_overflows(records, member, &header, stored);
	if (ret < 0)
		return ret;
	ret = put_records(records, stream, member);
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
		ret = put_map(stream, member->map, member->size);
	return ret;
}

int pax_put_end(struct stream *stream)
{
	uint64_t end = stream_position(stream) + 2 * USTAR_BLOCK;

	return stream_put_zeroes(stream, 2 * USTAR_BLOCK + -end % RECORD_SIZE);
}
