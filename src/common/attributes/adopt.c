// SPDX-License-Identifier: GPL-2.0-only
/*
 * adopt.c - gives a new file of the image the attributes of the one that it replaces.
 */
#include "adopt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

/* Of the list of names, and of a value: the kernel's limit. */
#define XATTR_MAX 65536u

/* ACLs, labels and others. */
static int copy_xattrs(const char *path, int fd)
{
	char *names = malloc(XATTR_MAX), *value = malloc(XATTR_MAX);
	const char *name;
	long len, n, ret = names && value ? 0 : -ENOMEM;

	len = ret < 0 ? 0 : lkl_sys_llistxattr(path, names, XATTR_MAX);
	if (len < 0)
		ret = len == -EOPNOTSUPP ? 0 : len;
	for (name = names; ret >= 0 && len > 0 && name < names + len;
	     name += strlen(name) + 1) {
		n = lkl_sys_lgetxattr(path, name, value, XATTR_MAX);
		ret = n < 0 ? n : lkl_sys_fsetxattr(fd, name, value, (size_t)n,
						    0);
		/* Those that the kernel makes up cannot be set. */
		if (ret == -EOPNOTSUPP || ret == -EPERM || ret == -EINVAL)
			ret = 0;
	}
	free(names);
	free(value);
	return (int)ret;
}

/* vfat has one owner and few permissions: a refusal is no loss there. */
int attributes_adopt(const char *path, const struct lkl_statx *st, int fd)
{
	int ret = (int)lkl_sys_fchown((unsigned int)fd, st->stx_uid,
				      st->stx_gid);

	if (!ret || ret == -EPERM)
		ret = (int)lkl_sys_fchmod((unsigned int)fd, (lkl_umode_t)
					  (st->stx_mode & 07777u));
	return ret && ret != -EPERM ? ret : copy_xattrs(path, fd);
}
