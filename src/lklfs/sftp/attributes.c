// SPDX-License-Identifier: GPL-2.0-only
/*
 * attributes.c - the ATTRS structure of SFTP, and the line of "ls -l" in names.
 */
#include "attributes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/cli/mode.h"
#include "protocol.h"

/* A request with more pairs is malformed. */
#define PAIRS_MAX 64u

#define NSEC_PER_SEC 1000000000u

/* ---- From the client ---- */

static void get_exact_times(const struct wire_string *data,
			    struct attributes *attributes)
{
	struct packet packet = { .data = data->data, .left = data->len };
	struct lkl___kernel_timespec times[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		times[i].tv_sec = (int64_t)packet_u64(&packet);
		times[i].tv_nsec = packet_u32(&packet);
		if (times[i].tv_nsec >= NSEC_PER_SEC)
			return;
	}
	if (packet.bad)
		return;
	memcpy(attributes->times, times, sizeof(times));
	attributes->flags |= SFTP_ATTR_TIMES;
}

static void get_pairs(struct packet *packet, struct attributes *attributes)
{
	uint32_t n = packet_u32(packet);
	struct wire_string name, data;

	if (n > PAIRS_MAX)
		packet->bad = true;
	for (; n && !packet->bad; n--) {
		name = packet_string(packet);
		data = packet_string(packet);
		if (!packet->bad && wire_string_is(&name, SFTP_TIMES))
			get_exact_times(&data, attributes);
	}
}

void attributes_get(struct packet *packet, struct attributes *ret_attributes)
{
	struct attributes attributes = { .flags = packet_u32(packet) };

	if (attributes.flags & SFTP_ATTR_SIZE)
		attributes.size = packet_u64(packet);
	if (attributes.flags & SFTP_ATTR_OWNER) {
		attributes.uid = packet_u32(packet);
		attributes.gid = packet_u32(packet);
	}
	if (attributes.flags & SFTP_ATTR_MODE)
		attributes.mode = packet_u32(packet);
	if (attributes.flags & SFTP_ATTR_TIMES) {
		attributes.times[0].tv_sec = packet_u32(packet);
		attributes.times[1].tv_sec = packet_u32(packet);
	}
	if (attributes.flags & SFTP_ATTR_EXTENDED)
		get_pairs(packet, &attributes);
	*ret_attributes = attributes;
}

static int set_size(const struct attributes *attributes, int fd,
		    const char *path)
{
	if (attributes->size > INT64_MAX)
		return -EINVAL;
	if (fd >= 0)
		return (int)lkl_sys_ftruncate((unsigned int)fd,
					      (long)attributes->size);
	return (int)lkl_sys_truncate(path, (long)attributes->size);
}

static int set_owner(const struct attributes *attributes, int fd,
		     const char *path, int flags)
{
	if (fd >= 0)
		return (int)lkl_sys_fchown((unsigned int)fd, attributes->uid,
					   attributes->gid);
	return (int)lkl_sys_fchownat(LKL_AT_FDCWD, path, attributes->uid,
				     attributes->gid, flags);
}

static int set_mode(const struct attributes *attributes, int fd,
		    const char *path, int flags)
{
	lkl_umode_t mode = (lkl_umode_t)(attributes->mode & 07777);

	if (fd >= 0)
		return (int)lkl_sys_fchmod((unsigned int)fd, mode);
	return (int)lkl_sys_fchmodat2(LKL_AT_FDCWD, path, mode,
				      (unsigned int)flags);
}

static int set_times(const struct attributes *attributes, int fd,
		     const char *path, int flags)
{
	if (fd >= 0)
		return (int)lkl_sys_utimensat(fd, NULL, attributes->times, 0);
	return (int)lkl_sys_utimensat(LKL_AT_FDCWD, path, attributes->times,
				      flags);
}

/* The owner comes before the mode: a new owner clears setuid and setgid. */
int attributes_set(const struct attributes *attributes, int fd,
		   const char *path, int flags)
{
	int results[4] = { 0 };
	unsigned int i;

	if (attributes->flags & SFTP_ATTR_SIZE)
		results[0] = set_size(attributes, fd, path);
	if (attributes->flags & SFTP_ATTR_OWNER)
		results[1] = set_owner(attributes, fd, path, flags);
	if (attributes->flags & SFTP_ATTR_MODE)
		results[2] = set_mode(attributes, fd, path, flags);
	if (attributes->flags & SFTP_ATTR_TIMES)
		results[3] = set_times(attributes, fd, path, flags);
	for (i = 0; i < 4; i++)
		if (results[i] < 0)
			return results[i];
	return 0;
}

/* ---- To the client ---- */

/* Version 3 has seconds from 1970 to 2106. */
static uint32_t time_32(const struct lkl_statx_timestamp *time)
{
	return time->tv_sec < 0 ? 0 : time->tv_sec > UINT32_MAX ? UINT32_MAX :
		(uint32_t)time->tv_sec;
}

static void put_details(struct buffer *out, const struct lkl_statx *st)
{
	const struct lkl_statx_timestamp *times[] = {
		&st->stx_atime, &st->stx_mtime, &st->stx_ctime, &st->stx_btime,
	};
	unsigned int i;

	buffer_put_u32(out, 1);
	buffer_put_string(out, SFTP_DETAILS);
	buffer_put_u32(out, 8 + 4 + 8 + 4 + 4 + 4 * 12);
	buffer_put_u64(out, st->stx_ino);
	buffer_put_u32(out, st->stx_nlink);
	buffer_put_u64(out, st->stx_blocks);
	buffer_put_u32(out, st->stx_rdev_major);
	buffer_put_u32(out, st->stx_rdev_minor);
	for (i = 0; i < 4; i++) {
		buffer_put_u64(out, (uint64_t)times[i]->tv_sec);
		buffer_put_u32(out, times[i]->tv_nsec);
	}
}

void attributes_put(struct buffer *out, const struct lkl_statx *st,
		    bool details)
{
	buffer_put_u32(out, SFTP_ATTR_SIZE | SFTP_ATTR_OWNER | SFTP_ATTR_MODE |
		       SFTP_ATTR_TIMES | (details ? SFTP_ATTR_EXTENDED : 0));
	buffer_put_u64(out, st->stx_size);
	buffer_put_u32(out, st->stx_uid);
	buffer_put_u32(out, st->stx_gid);
	buffer_put_u32(out, st->stx_mode);
	buffer_put_u32(out, time_32(&st->stx_atime));
	buffer_put_u32(out, time_32(&st->stx_mtime));
	if (details)
		put_details(out, st);
}

void attributes_put_none(struct buffer *out)
{
	buffer_put_u32(out, 0);
}

/* With the time of the day if it is of the last half a year. */
static void format_time(int64_t seconds, char *text, size_t size)
{
	time_t now = time(NULL), then = seconds;
	bool recent = seconds <= now && seconds > now - 365 * 24 * 3600 / 2;
	struct tm parts;

	if (!localtime_r(&then, &parts) ||
	    !strftime(text, size, recent ? "%b %e %H:%M" : "%b %e  %Y", &parts))
		snprintf(text, size, "%" PRId64, seconds);
}

static const char *or_number(const char *name, uint32_t id, char number[16])
{
	if (name)
		return name;
	snprintf(number, 16, "%" PRIu32, id);
	return number;
}

void attributes_longname(const struct lkl_statx *st, const char *name,
			 struct accounts *accounts, char *line)
{
	char mode[MODE_TEXT_MAX], when[32], numbers[2][16];

	mode_format(st->stx_mode, mode);
	format_time(st->stx_mtime.tv_sec, when, sizeof(when));
	snprintf(line, LONGNAME_MAX, "%s %3u %-8s %-8s %8" PRIu64 " %s %s",
		 mode, st->stx_nlink,
		 or_number(accounts_user(accounts, st->stx_uid), st->stx_uid,
			   numbers[0]),
		 or_number(accounts_group(accounts, st->stx_gid), st->stx_gid,
			   numbers[1]),
		 (uint64_t)st->stx_size, when, name);
}
