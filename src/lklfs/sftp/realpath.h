/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * realpath.h - the canonical form of a path inside the image.
 */
#ifndef SFTP_REALPATH_H
#define SFTP_REALPATH_H

/*
 * resolve_path - an absolute path without links, "." and ".."
 * @path: relative ones begin at the root directory
 * @resolved: SFTP_PATH_MAX bytes
 *
 * The last component need not exist, so that a client can learn the name of a
 * file that it is going to make.  -ELOOP, -ENAMETOOLONG, -ENOENT, ...
 */
int resolve_path(const char *path, char *resolved);

#endif /* SFTP_REALPATH_H */
