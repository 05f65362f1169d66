/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file-digest.h - digests of the contents of files.
 */
#ifndef LKLFS_FILE_DIGEST_H
#define LKLFS_FILE_DIGEST_H

#include "common/digest.h"

/* Memory to read files with; zeroed at first, and kept from file to file. */
struct digest_buffer {
	char *at;
	bool lent;			/* it is fit for direct I/O */
};

void digest_buffer_free(struct digest_buffer *buffer);

/*
 * file_digest - read a regular file that is open
 *
 * 0 or -errno: -EINTR after a signal.
 */
int file_digest(struct digest_buffer *buffer, int fd,
		enum digest_algorithm algorithm, struct digest *ret_digest);

/* entry_digest - the same for a name; a symbolic link is not followed */
int entry_digest(struct digest_buffer *buffer, int dir, const char *name,
		 enum digest_algorithm algorithm, struct digest *ret_digest);

#endif /* LKLFS_FILE_DIGEST_H */
