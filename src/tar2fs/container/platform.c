// SPDX-License-Identifier: GPL-2.0-only
/*
 * platform.c - platforms of container images.
 *
 * The names of architectures are those of the language Go, as the specification
 * wants it.
 */
#include "platform.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "common/cli/quote.h"
#include "common/error.h"

static void set_part(char part[PLATFORM_PART_MAX], const char *text, size_t len)
{
	if (!text || len >= PLATFORM_PART_MAX)
		len = 0;
	if (len)
		memcpy(part, text, len);
	part[len] = '\0';
}

void platform_set(struct platform *platform, const char *os,
		  const char *architecture, const char *variant)
{
	set_part(platform->os, os, os ? strlen(os) : 0);
	set_part(platform->architecture, architecture,
		 architecture ? strlen(architecture) : 0);
	set_part(platform->variant, variant, variant ? strlen(variant) : 0);
}

int platform_parse(const char *text, struct platform *ret_platform,
		   struct lkl_error *err)
{
	struct platform platform = { .os = "" };
	char *const parts[] = {
		platform.os, platform.architecture, platform.variant,
	};
	const char *at = text;
	size_t i, len;

	for (i = 0; i < 3; i++) {
		len = strcspn(at, "/");
		if (!len || len >= PLATFORM_PART_MAX)
			break;
		set_part(parts[i], at, len);
		at += len;
		if (!*at)
			break;
		at++;
	}
	if (*at || !platform.architecture[0] || text[strlen(text) - 1] == '/')
		return error_set(err, -EINVAL,
				 "\"%s\" is not a platform such as linux/amd64 or linux/arm/v7",
				 quote_name(text));
	*ret_platform = platform;
	return 0;
}

void platform_of_host(struct platform *ret_platform)
{
	static const struct {
		const char *machine, *architecture;
	} table[] = {
		{ "x86_64", "amd64" }, { "aarch64", "arm64" },
		{ "ppc64le", "ppc64le" }, { "riscv64", "riscv64" },
		{ "s390x", "s390x" }, { "loongarch64", "loong64" },
	};
	const char *architecture;
	struct utsname name;
	size_t i;

	if (uname(&name) < 0)
		name.machine[0] = '\0';
	architecture = name.machine;
	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].machine, name.machine))
			architecture = table[i].architecture;
	platform_set(ret_platform, "linux", architecture, NULL);
}

bool platform_matches(const struct platform *have, const struct platform *want)
{
	return !strcmp(have->os, want->os) &&
		!strcmp(have->architecture, want->architecture) &&
		(!want->variant[0] || !strcmp(have->variant, want->variant));
}

bool platform_equal(const struct platform *a, const struct platform *b)
{
	return !strcmp(a->os, b->os) &&
		!strcmp(a->architecture, b->architecture) &&
		!strcmp(a->variant, b->variant);
}

const char *platform_format(const struct platform *platform,
			    char buf[PLATFORM_TEXT_MAX])
{
	snprintf(buf, PLATFORM_TEXT_MAX, "%s/%s%s%s",
		 platform->os[0] ? platform->os : "unknown",
		 platform->architecture[0] ? platform->architecture : "unknown",
		 platform->variant[0] ? "/" : "", platform->variant);
	return buf;
}
