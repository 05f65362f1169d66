/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fixed-mkfs.h - runs mkfs programs with a fixed time and fixed random numbers,
 * so that the same call makes the same bytes, and without a look at the mounts of
 * the host.
 *
 * They preload a library for that (src/mkfs-fixed).  With it mke2fs, mkfs.xfs,
 * mkfs.btrfs, mkfs.vfat, mkfs.exfat, mkfs.f2fs and mkntfs need no further option:
 * UUIDs and hash seeds that no option sets come from the seed.  mkfs.vfat and
 * mkfs.exfat make the volume id of the time.  Programs that are linked statically
 * are not affected.
 */
#ifndef COMMON_FIXED_MKFS_H
#define COMMON_FIXED_MKFS_H

#include <stdint.h>

#include <lkl.h>

/*
 * fixed_mkfs_find - find the library to preload, before any sandbox
 * @ret_path: to be freed
 *
 * Returns 0, or -ENOENT with a sentence.
 */
int fixed_mkfs_find(char **ret_path, struct lkl_error *err);

/*
 * fixed_mkfs_environment - prepare the environment for mkfs
 * @library: from fixed_mkfs_find()
 * @time: seconds since 1970
 * @seed: any text.  File systems with the same seed have the same UUID, so it
 *	should tell the type of the file system and a digest of its content.
 *
 * For a child that calls exec() then.  Returns 0 or -errno.
 */
int fixed_mkfs_environment(const char *library, int64_t time, const char *seed);

/*
 * fixed_mkfs_hide_mounts - prepare the environment for mkfs, which finds no mounts
 * @library: from fixed_mkfs_find()
 *
 * For a program that refuses any file if it may not look at what another user has
 * mounted.  Only for a file that is new, so that nobody can have mounted it.
 * Returns 0 or -errno.
 */
int fixed_mkfs_hide_mounts(const char *library);

#endif /* COMMON_FIXED_MKFS_H */
