/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image-verity.h - the hash tree of an image with one file system.
 */
#ifndef TAR2FS_LAYOUT_IMAGE_VERITY_H
#define TAR2FS_LAYOUT_IMAGE_VERITY_H

#include "common/output.h"
#include "tar2fs/arguments.h"
#include "hash-tree.h"

struct image_verity {
	struct hash_tree tree;
	struct output *output;		/* of --verity-hash; NULL: none */
	uint64_t offset;		/* of the superblock in the image */
};

/*
 * image_verity_make - make the hash tree, in the image or in a file of its own
 * @image: the path of the raw image
 */
int image_verity_make(const struct arguments *arguments, const char *image,
		      struct image_verity *ret_verity, struct lkl_error *err);

/*
 * Prints the root hash, and gives the file of the hashes its name.  Frees that
 * file in any case.
 */
int image_verity_complete(const struct arguments *arguments,
			  struct image_verity *verity, struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_IMAGE_VERITY_H */
