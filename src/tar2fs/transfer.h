/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * transfer.h - copies the empty file system that mkfs has made in a file to a
 * disk of the kernel inside.
 */
#ifndef TAR2FS_TRANSFER_H
#define TAR2FS_TRANSFER_H

#include <lkl.h>

/*
 * transfer_to_disk - a session_disk_fn
 * @opaque: points to the descriptor of the file
 *
 * The disk reads as zeroes.
 */
int transfer_to_disk(void *opaque, const char *node, struct lkl_error *err);

#endif /* TAR2FS_TRANSFER_H */
