/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verity.h - a volume whose bytes dm-verity checks against a root hash.
 *
 * The hash tree has a superblock.  Signatures of root hashes are not checked: the user
 * has to know that the root hash is right.
 */
#ifndef STORAGE_VERITY_H
#define STORAGE_VERITY_H

#include <stdbool.h>

#include "storage.h"

/*
 * verity_add - map the volume that --verity-root-hash is for
 *
 * Adds one volume.  It lies on the volume of the data and, if that is another one, on
 * that of the hashes.  Sets @storage->verified.  No error may be ignored: with a root
 * hash, nothing else is mounted.
 */
int verity_add(struct storage *storage, struct lkl_error *err);

/*
 * verity_note_log - look for corrupt blocks in a line of the kernel's log
 * @line: has @len bytes, and need not end in a NUL
 *
 * For the log function of lkl_start(); it may run on a kernel stack.
 */
void verity_note_log(const char *line, size_t len);

/*
 * verity_failure - the first block that was corrupt
 *
 * Returns false if there was none; else @reason names the block.
 */
bool verity_failure(struct lkl_error *reason);

#endif /* STORAGE_VERITY_H */
