/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acl.h - POSIX access control lists as text.
 */
#ifndef FS2TAR_ACL_H
#define FS2TAR_ACL_H

#include <stddef.h>

/*
 * acl_to_text - the short text form, separated by commas, ids as numbers
 * @value: a system.posix_acl_... attribute as the kernel gives it
 * @ret_text: to be freed
 *
 * -EINVAL if it is not one.
 */
int acl_to_text(const void *value, size_t len, char **ret_text);

#endif /* FS2TAR_ACL_H */
