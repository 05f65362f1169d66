// SPDX-License-Identifier: GPL-2.0-only
/*
 * options.c - reading structures that callers of another release filled.
 *
 * Structures grow at their ends.  A caller compiled against an older lkl.h
 * gives a shorter one: what it lacks is zero, which asks for the behaviour
 * that the caller knows.  A caller compiled against a newer lkl.h gives a
 * longer one: if the rest is zero, nothing is asked of it; otherwise the call
 * is refused, because it would not do what it was told to.
 */
#include <errno.h>
#include <string.h>

#include "blk/error.h"
#include "config.h"
#include "options.h"

/* No structure will be as large: the size was not set. */
#define SIZE_LIMIT	4096

int options_copy(const struct options_type *type, void *to, const void *from,
		 struct lkl_error *err)
{
	const char *bytes = from;
	size_t size, i;

	memcpy(&size, from, sizeof(size));
	/* All members have 8 bytes: none can be there in part. */
	if (size < type->first_size || size > SIZE_LIMIT || size % 8)
		return lkl_fail(err, -EINVAL,
				"%s: its size is %zu, not sizeof(%s)",
				type->name, size, type->name);
	for (i = type->size; i < size; i++)
		if (bytes[i])
			return lkl_fail(err, -E2BIG,
					"%s: byte %zu is set, which liblkl %s does not know",
					type->name, i, PACKAGE_VERSION);
	if (size > type->size)
		size = type->size;
	memcpy(to, from, size);
	memset((char *)to + size, 0, type->size - size);
	return 0;
}

int options_check_flags(const struct options_type *type, uint64_t flags,
			uint64_t known, struct lkl_error *err)
{
	if (!(flags & ~known))
		return 0;
	return lkl_fail(err, -EINVAL,
			"%s: liblkl %s does not know the flags %#llx",
			type->name, PACKAGE_VERSION,
			(unsigned long long)(flags & ~known));
}
