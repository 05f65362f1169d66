/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * open-image.h - opens an image that has to open, or one that has to be refused.
 */
#ifndef TESTS_UNIT_OPEN_IMAGE_H
#define TESTS_UNIT_OPEN_IMAGE_H

#include <stdio.h>
#include <string.h>

#include "blk/blk.h"
#include "unit.h"

static inline struct blk *open_image(const char *path, const char *format,
				     unsigned int flags)
{
	const struct blk_options options = { .flags = flags, .format = format };
	struct lkl_error err = { "" };
	struct blk *blk = NULL;

	if (blk_open(path, &options, &blk, &err))
		printf("# %s\n", err.text);
	REQUIRE(blk);
	return blk;
}

/* Returns the error of an attempt to open it; the message names @path and has @text. */
static inline int refused(const char *path, const char *format,
			  unsigned int flags, const char *text)
{
	const struct blk_options options = { .flags = flags, .format = format };
	struct lkl_error err = { "" };
	struct blk *blk = NULL;
	int ret;

	ret = blk_open(path, &options, &blk, &err);
	if (!ret) {
		blk_close(blk);
		return 0;
	}
	if (strncmp(err.text, path, strlen(path)) || !strstr(err.text, text))
		CHECK_STR(err.text, text);
	return ret;
}

#endif /* TESTS_UNIT_OPEN_IMAGE_H */
