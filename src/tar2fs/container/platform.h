/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * platform.h - platforms of container images, as "linux/arm64/v8".
 */
#ifndef CONTAINER_PLATFORM_H
#define CONTAINER_PLATFORM_H

#include <stdbool.h>

#include <lkl.h>

#define PLATFORM_PART_MAX 32

/* An empty part is unknown, or does not matter. */
struct platform {
	char os[PLATFORM_PART_MAX];
	char architecture[PLATFORM_PART_MAX];
	char variant[PLATFORM_PART_MAX];
};

/* Whether they are the same in all parts. */
bool platform_equal(const struct platform *a, const struct platform *b);

/* The longest text of platform_format(). */
#define PLATFORM_TEXT_MAX (3 * PLATFORM_PART_MAX)

/* OS/ARCH or OS/ARCH/VARIANT.  -EINVAL. */
int platform_parse(const char *text, struct platform *ret_platform,
		   struct lkl_error *err);

/* The host's, as the specification names it. */
void platform_of_host(struct platform *ret_platform);

/* Parts that are NULL or too long stay empty. */
void platform_set(struct platform *platform, const char *os,
		  const char *architecture, const char *variant);

/* Whether @have can be used where @want is asked for. */
bool platform_matches(const struct platform *have, const struct platform *want);

/* "OS/ARCH/VARIANT".  Returns @buf. */
const char *platform_format(const struct platform *platform,
			    char buf[PLATFORM_TEXT_MAX]);

#endif /* CONTAINER_PLATFORM_H */
