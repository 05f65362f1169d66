/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acl.h - POSIX access control lists: the kernel's binary form and text.
 */
#ifndef TOOLS_ACL_H
#define TOOLS_ACL_H

#include <stddef.h>
#include <stdint.h>

#include <lkl/linux/posix_acl.h>

/* One entry, in the host's byte order. */
struct acl_entry {
	uint16_t tag;			/* LKL_ACL_USER_OBJ and so on */
	uint16_t perm;			/* LKL_ACL_READ and so on */
	uint32_t id;			/* of LKL_ACL_USER and LKL_ACL_GROUP */
};

/*
 * acl_to_text - the short text form: entries separated by commas, numeric ids
 * @value: the value of a system.posix_acl_... attribute
 * @ret_text: to be freed
 *
 * -EINVAL if the value is not an ACL.
 */
int acl_to_text(const void *value, size_t len, char **ret_text);

/*
 * acl_to_attribute - the value of a system.posix_acl_... attribute
 * @entries: sorted here, as the kernel wants them
 * @ret_value: to be freed
 *
 * -ENOMEM.
 */
int acl_to_attribute(struct acl_entry *entries, size_t n, void **ret_value,
		     size_t *ret_len);

#endif /* TOOLS_ACL_H */
