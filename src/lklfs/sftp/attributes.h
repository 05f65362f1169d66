/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attributes.h - the ATTRS structure of SFTP, and the line of "ls -l" in names.
 */
#ifndef SFTP_ATTRIBUTES_H
#define SFTP_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#include "common/tree/accounts.h"

#include "wire.h"

/* Attributes that a client asks to set. */
struct attributes {
	uint32_t flags;			/* SFTP_ATTR_... */
	uint64_t size;
	uint32_t uid, gid;
	uint32_t mode;
	struct lkl___kernel_timespec times[2];	/* access, modification */
};

/* Takes them from a packet; extended pairs that are not known are skipped. */
void attributes_get(struct packet *packet, struct attributes *ret_attributes);

/*
 * attributes_put - the attributes of a file
 * @details: with an extended pair SFTP_DETAILS: uint64 inode, uint32 links,
 *	     uint64 blocks of 512 bytes, uint32 major and minor number of a
 *	     device, and four times, each an int64 and a uint32: access,
 *	     modification, change, birth
 */
void attributes_put(struct buffer *out, const struct lkl_statx *st,
		    bool details);

/* No attributes at all. */
void attributes_put_none(struct buffer *out);

/*
 * attributes_set - set those that the client has named
 * @fd: the open file, or -1
 * @path: if @fd is -1
 * @flags: LKL_AT_SYMLINK_NOFOLLOW or 0
 *
 * Goes on after a failure and returns the first one.
 */
int attributes_set(const struct attributes *attributes, int fd,
		   const char *path, int flags);

#define LONGNAME_MAX 512

/* A line as of "ls -l", for people; @name is not escaped. */
void attributes_longname(const struct lkl_statx *st, const char *name,
			 struct accounts *accounts, char *line);

#endif /* SFTP_ATTRIBUTES_H */
