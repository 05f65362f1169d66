/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unpack-limit.h - a limit for the bytes that an archive decompresses to.
 */
#ifndef TAR2FS_UNPACK_LIMIT_H
#define TAR2FS_UNPACK_LIMIT_H

#include "common/archive-library.h"
#include "inputs.h"

struct unpack_limit {
	uint64_t bytes;			/* of the archive; 0: unknown so far */
	bool is_users;			/* it also holds for plain archives */
	uint64_t packed;		/* bytes that a pipe has given so far; the
					   caller counts them */
	char *member;			/* the present one, or NULL; owned */
	bool exceeded;
};

/*
 * unpack_limit_begin - set the limit for one archive
 * @wanted: bytes; 0: as many as its file may stand for.  What a pipe will give is
 *	    unknown, so that limit grows with what it has given.
 */
void unpack_limit_begin(struct unpack_limit *limit, const struct input *input,
			uint64_t wanted);
void unpack_limit_end(struct unpack_limit *limit);

/*
 * unpack_limit_member - a header was read; do the archive's bytes up to the end of
 * this member keep to the limit?
 *
 * 0, -EFBIG or -ENOMEM.
 */
int unpack_limit_member(struct unpack_limit *limit, struct archive *archive,
			struct archive_entry *member);

/*
 * unpack_limit_check - do the bytes that were decompressed so far keep to the limit?
 *
 * 0 or -EFBIG.
 */
int unpack_limit_check(struct unpack_limit *limit, struct archive *archive);

/* The sentence for -EFBIG, which it returns. */
int unpack_limit_error(const struct unpack_limit *limit, const char *path,
		       struct lkl_error *err);

#endif /* TAR2FS_UNPACK_LIMIT_H */
