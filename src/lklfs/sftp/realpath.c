// SPDX-License-Identifier: GPL-2.0-only
/*
 * realpath.c - the canonical form of a path inside the image.
 *
 * The kernel would tell the path of an open directory through /proc, which an
 * image does not have.
 */
#include "realpath.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <lkl.h>

#include "protocol.h"

/* As in Linux. */
#define LINKS_MAX 40u

struct resolution {
	char *path;			/* so far; "" stands for the root */
	size_t len;
	char rest[SFTP_PATH_MAX];	/* components that are not resolved yet */
	unsigned int links;
};

static void drop_component(struct resolution *resolution)
{
	while (resolution->len && resolution->path[resolution->len] != '/')
		resolution->len--;
	resolution->path[resolution->len] = '\0';
}

/* Puts the target of a link in front of the rest. */
static int enter_link(struct resolution *resolution, const char *target,
		      const char *rest)
{
	char joined[SFTP_PATH_MAX];
	int n;

	if (++resolution->links > LINKS_MAX)
		return -ELOOP;
	n = snprintf(joined, sizeof(joined), "%s/%s", target, rest);
	if (n < 0 || (size_t)n >= sizeof(joined))
		return -ENAMETOOLONG;
	memcpy(resolution->rest, joined, (size_t)n + 1);
	if (*target == '/') {
		resolution->len = 0;
		resolution->path[0] = '\0';
	} else {
		drop_component(resolution);
	}
	return 1;
}

/*
 * Resolves the first component of the rest; @len is not 0.  Returns 1 if it was
 * a link, which has replaced the rest, 0, or -errno.
 */
static int resolve_component(struct resolution *resolution, const char *name,
			     size_t len)
{
	const char *rest = name + len;
	char target[SFTP_PATH_MAX];
	bool is_last = !rest[strspn(rest, "/")];
	long n;

	if (len == 1 && *name == '.')
		return 0;
	if (len == 2 && !memcmp(name, "..", 2)) {
		drop_component(resolution);
		return 0;
	}
	if (resolution->len + len + 2 > SFTP_PATH_MAX)
		return -ENAMETOOLONG;
	resolution->path[resolution->len] = '/';
	memcpy(resolution->path + resolution->len + 1, name, len);
	resolution->len += len + 1;
	resolution->path[resolution->len] = '\0';
	n = lkl_sys_readlinkat(LKL_AT_FDCWD, resolution->path, target,
			       sizeof(target) - 1);
	if (n >= 0) {
		target[n] = '\0';
		return enter_link(resolution, target, rest);
	}
	/* It is no link, or the last component, which need not exist. */
	if (n == -EINVAL || (n == -ENOENT && is_last))
		return 0;
	return (int)n;
}

int resolve_path(const char *path, char *resolved)
{
	struct resolution resolution = { .path = resolved };
	const char *name;
	size_t len;
	int ret;

	resolved[0] = '\0';
	/* request_path() has checked the length. */
	snprintf(resolution.rest, sizeof(resolution.rest), "%s", path);
	for (;;) {
		name = resolution.rest + strspn(resolution.rest, "/");
		len = strcspn(name, "/");
		if (!len)
			break;
		memmove(resolution.rest, name, strlen(name) + 1);
		name = resolution.rest;
		ret = resolve_component(&resolution, name, len);
		if (ret < 0)
			return ret;
		if (!ret)
			memmove(resolution.rest, resolution.rest + len,
				strlen(resolution.rest + len) + 1);
	}
	if (!resolution.len)
		strcpy(resolved, "/");
	return 0;
}
