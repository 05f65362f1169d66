// SPDX-License-Identifier: GPL-2.0-only
/*
 * image-verity.c - the hash tree of an image with one file system.
 */
#include "image-verity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "common/digest.h"
#include "identifier.h"

int image_verity_make(const struct arguments *arguments, const char *image,
		      struct image_verity *ret_verity, struct lkl_error *err)
{
	struct image_verity verity = { .offset = 0 };
	struct hash_tree_wanted wanted = {
		.data = image, .hash = image,
		.fixed = arguments->file_system.identity.has_time,
		.sandbox = arguments->common.sandbox,
	};
	struct stat st;
	int ret = digest_library_load(err);

	if (ret < 0)
		return ret;
	if (stat(image, &st) < 0)
		return error_set(err, -errno, "cannot look at the image: %s",
				 strerror(errno));
	wanted.data_size = (uint64_t)st.st_size;
	if (arguments->verity_hash) {
		ret = output_open(arguments->verity_hash, OUTPUT_NAMED,
				  &verity.output, err);
		if (ret < 0)
			return error_prefix(err, ret, "%s",
					quote_name(arguments->verity_hash));
		wanted.hash = output_self(verity.output);
	} else {
		verity.offset = (wanted.data_size + VERITY_BLOCK - 1) /
			VERITY_BLOCK * VERITY_BLOCK;
		wanted.hash_offset = verity.offset;
	}
	ret = hash_tree_make(&wanted, &verity.tree, err);
	if (ret < 0 && verity.output)
		output_discard(verity.output);
	if (!ret)
		*ret_verity = verity;
	return ret;
}

int image_verity_complete(const struct arguments *arguments,
			  struct image_verity *verity, struct lkl_error *err)
{
	char hex[2 * VERITY_DIGEST_SIZE + 1];
	int ret;

	printf("roothash=%s\n", format_hex(verity->tree.root,
					   VERITY_DIGEST_SIZE, hex));
	if (!verity->output)
		printf("hashoffset=%" PRIu64 "\n", verity->offset);
	ret = error_flush(stdout, "the root hash", err);
	if (!verity->output)
		return ret;
	if (ret < 0) {
		output_discard(verity->output);
		return ret;
	}
	ret = output_complete(verity->output, arguments->sync, err);
	return ret < 0 ? error_prefix(err, ret, "%s",
				      quote_name(arguments->verity_hash)) : 0;
}
