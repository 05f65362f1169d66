// SPDX-License-Identifier: GPL-2.0-only
/*
 * luks-header.c - copies the header of an encrypted volume into a file.
 *
 * Only its length is taken from it here, with bounds; lkl-luks-key interprets
 * it.  LUKS1 has the offset of the data in the binary header.  LUKS2 has two
 * copies of its binary header and JSON, then an area for key slots, whose size
 * is in the JSON: as a string of digits, which can be found without a parser.
 * VeraCrypt has the header of the volume and that of a hidden one in the first
 * 128 KiB, and copies of both in the last.
 */
#define _GNU_SOURCE 1

#include "luks-header.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/byte-order.h"
#include "common/cleanup.h"
#include "common/error.h"
#include "common/zeroes.h"

#define COPY_SIZE	(1u << 20)
#define ZERO_UNIT	4096u

/* Offsets in the binary header, and limits of the formats. */
#define VERSION_AT	6
#define LUKS1_PAYLOAD_AT 104
#define LUKS1_HEADER_MAX (64u << 20)
#define LUKS2_SIZE_AT	8
#define LUKS2_SIZE_MIN	(16u << 10)
#define LUKS2_SIZE_MAX	(4u << 20)
#define LUKS2_SLOTS_MAX	(128u << 20)
#define VERACRYPT_HEADERS (128u << 10)
/* The area that cryptsetup makes. */
#define LUKS2_SLOTS_DEFAULT (16u << 20)

static const char primary_magic[6] = "LUKS\xba\xbe";
static const char secondary_magic[6] = "SKUL\xba\xbe";

/* Zeroes stay holes, which take no memory. */
static int copy_bytes(const struct luks_reader *from, int fd, uint64_t start,
		      uint64_t end, char *buf)
{
	size_t len, done, n;
	int ret;

	for (; start < end; start += len) {
		len = end - start < COPY_SIZE ? end - start : COPY_SIZE;
		ret = from->read(from->opaque, buf, len, start);
		if (ret < 0)
			return ret;
		for (done = 0; done < len; done += n) {
			n = len - done < ZERO_UNIT ? len - done : ZERO_UNIT;
			if (!is_all_zero(buf + done, n) &&
			    pwrite(fd, buf + done, n, (off_t)(start + done)) !=
			    (ssize_t)n)
				return errno ? -errno : -EIO;
		}
	}
	return 0;
}

/* The number behind "keyslots_size" in the first bytes of the volume, @json. */
static uint64_t slots_size(const char *json, size_t len)
{
	static const char name[] = "\"keyslots_size\"";
	const char *at = memmem(json, len, name, sizeof(name) - 1);
	const char *end = json + len;
	uint64_t size = 0;

	if (!at)
		return LUKS2_SLOTS_DEFAULT;
	for (at += sizeof(name) - 1; at < end && (*at < '0' || *at > '9'); at++)
		if (!strchr(" \t\n:\"", *at))
			return LUKS2_SLOTS_DEFAULT;
	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		size = size * 10 + (uint64_t)(*at - '0');
		if (size > LUKS2_SLOTS_MAX)
			return LUKS2_SLOTS_MAX;
	}
	return size;
}

/* Bytes before the data; 0: there is no LUKS header. */
static uint64_t header_length(const char *start, size_t len)
{
	uint64_t size;

	if (!memcmp(start, secondary_magic, sizeof(secondary_magic)))
		return 0;
	if (memcmp(start, primary_magic, sizeof(primary_magic)))
		/* The second header of LUKS2 may be sound. */
		return 2 * LUKS2_SIZE_MAX + LUKS2_SLOTS_DEFAULT;
	if (start[VERSION_AT] == 0 && start[VERSION_AT + 1] == 1) {
		size = 512ull * get_be32(start + LUKS1_PAYLOAD_AT);
		/* Zero if the header is detached. */
		return size && size < LUKS1_HEADER_MAX ? size :
							 LUKS1_HEADER_MAX;
	}
	size = get_be64(start + LUKS2_SIZE_AT);
	if (size < LUKS2_SIZE_MIN || size > LUKS2_SIZE_MAX)
		size = LUKS2_SIZE_MAX;
	return 2 * size + slots_size(start, len);
}

static int make_file(int fd, uint64_t size, struct lkl_error *err)
{
	if (ftruncate(fd, 0) < 0 || ftruncate(fd, (off_t)size) < 0)
		return error_set(err, -errno,
				 "cannot make a file in memory: %s",
				 strerror(errno));
	return 0;
}

static int error_read(int code, struct lkl_error *err)
{
	return error_set(err, code, "cannot read its header: %s",
			 strerror(-code));
}

int veracrypt_header_copy(const struct luks_reader *from, int fd,
			  struct lkl_error *err)
{
	cleanup_free char *buf = malloc(COPY_SIZE);
	int ret;

	if (!buf)
		return error_no_memory(err);
	if (from->size <= 2 * VERACRYPT_HEADERS)
		return error_set(err, -EINVAL,
				 "it is too small for a volume of VeraCrypt");
	ret = make_file(fd, from->size, err);
	if (ret < 0)
		return ret;
	errno = 0;
	ret = copy_bytes(from, fd, 0, VERACRYPT_HEADERS, buf);
	return ret < 0 ? error_read(ret, err) : 0;
}

int luks_header_copy(const struct luks_reader *from, int fd,
		     struct lkl_error *err)
{
	cleanup_free char *buf = malloc(COPY_SIZE);
	size_t first = from->size < COPY_SIZE ? (size_t)from->size : COPY_SIZE;
	uint64_t len;
	int ret;

	if (!buf)
		return error_no_memory(err);
	if (first < LUKS2_SIZE_MIN)
		return error_set(err, -EINVAL,
				 "it is too small for a LUKS header");
	ret = make_file(fd, from->size, err);
	if (ret < 0)
		return ret;
	errno = 0;
	ret = from->read(from->opaque, buf, first, 0);
	if (!ret) {
		len = header_length(buf, first);
		if (!len)
			return error_set(err, -EINVAL, "no LUKS header found");
		if (len > from->size)
			len = from->size;
		ret = copy_bytes(from, fd, 0, len, buf);
	}
	return ret < 0 ? error_read(ret, err) : 0;
}
