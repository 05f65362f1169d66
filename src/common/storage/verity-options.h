/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verity-options.h - the options about dm-verity.
 */
#ifndef STORAGE_VERITY_OPTIONS_H
#define STORAGE_VERITY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

#define VERITY_DIGEST_MAX 64u

/* All zero: nothing is verified.  Strings point into argv. */
struct verity_options {
	uint8_t root_hash[VERITY_DIGEST_MAX];
	unsigned int root_hash_size;	/* bytes; 0: no option */
	/* Where the hash tree is; if neither is set, verity_add() looks for it. */
	const char *hash_device;	/* a volume, or NULL */
	unsigned int hash_disk;		/* a disk of --disk, from 1; or 0 */
	bool has_offset;
	uint64_t offset;		/* of its superblock, bytes */
};

/* verity_options_set_root_hash - of the option; -EINVAL if it is no hash */
int verity_options_set_root_hash(struct verity_options *options,
				 const char *hex, struct lkl_error *err);

/*
 * verity_options_check - do the options fit together?
 * @read_only: the image is only read
 *
 * -EINVAL: an option lacks --verity-root-hash.  -EROFS: the image is to be
 * written to.
 */
int verity_options_check(const struct verity_options *options, bool read_only,
			 struct lkl_error *err);

#endif /* STORAGE_VERITY_OPTIONS_H */
