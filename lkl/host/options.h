/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.h - reading structures that callers of another release filled.
 */
#ifndef LKL_HOST_OPTIONS_H
#define LKL_HOST_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "lkl.h"

/* One structure of lkl.h that a caller fills; its first member is the size. */
struct options_type {
	const char *name;	/* "struct lkl_options" */
	size_t size;		/* of this release */
	size_t first_size;	/* of the first release that had it */
};

/*
 * options_copy - copy what a caller filled into a structure of this release
 * @to: type->size bytes; what the caller's structure lacks is zeroed
 * @from: the caller's; its first member is its size
 *
 * -EINVAL if the size is impossible, -E2BIG if the caller set something that
 * this release does not know.
 */
int options_copy(const struct options_type *type, void *to, const void *from,
		 struct lkl_error *err);

/* options_check_flags - -EINVAL if @flags has bits that are not in @known. */
int options_check_flags(const struct options_type *type, uint64_t flags,
			uint64_t known, struct lkl_error *err);

#endif
