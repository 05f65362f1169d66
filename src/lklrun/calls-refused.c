// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-refused.c - calls that are not supported.
 *
 * The manual page has the same table.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <sys/syscall.h>

#include "table.h"

/* Newer than some headers; the numbers are the same on all 64-bit hosts. */
#ifndef SYS_fanotify_init
#define SYS_fanotify_init 300
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsmount 432
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif
#ifndef SYS_file_getattr
#define SYS_file_getattr 468
#define SYS_file_setattr 469
#endif

const struct call_entry calls_refused[] = {
	CALL_REFUSED(clone3, ENOSYS, "its flags are in memory"),
	CALL_REFUSED(io_uring_setup, ENOSYS, "its requests would pass by lklrun"),
	CALL_REFUSED(mount, EPERM, "mounts"),
	CALL_REFUSED(umount2, EPERM, "mounts"),
	CALL_REFUSED(pivot_root, EPERM, "mounts"),
	CALL_REFUSED(open_tree, EPERM, "mounts"),
	CALL_REFUSED(open_tree_attr, EPERM, "mounts"),
	CALL_REFUSED(move_mount, EPERM, "mounts"),
	CALL_REFUSED(fsopen, EPERM, "mounts"),
	CALL_REFUSED(fsmount, EPERM, "mounts"),
	CALL_REFUSED(mount_setattr, EPERM, "mounts"),
	CALL_REFUSED(swapon, EPERM, "the host's memory"),
	CALL_REFUSED(swapoff, EPERM, "the host's memory"),
	CALL_REFUSED(acct, EPERM, "accounting"),
	CALL_REFUSED(quotactl, ENOSYS, "quotas"),
	CALL_REFUSED(quotactl_fd, ENOSYS, "quotas"),
	CALL_REFUSED(name_to_handle_at, EOPNOTSUPP, "file handles"),
	CALL_REFUSED(open_by_handle_at, EPERM, "file handles"),
	CALL_REFUSED(fanotify_init, EPERM, "notification of changes"),
	CALL_REFUSED(file_getattr, ENOSYS, "flags of files"),
	CALL_REFUSED(file_setattr, ENOSYS, "flags of files"),
	CALL_END
};
