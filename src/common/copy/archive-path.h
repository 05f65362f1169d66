/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * archive-path.h - names of members of archives as paths.
 */
#ifndef COPY_ARCHIVE_PATH_H
#define COPY_ARCHIVE_PATH_H

/*
 * member_path - turn a name into a path below the destination
 * @ret_path: to be freed; "." for the destination itself
 *
 * Removes slashes and dots in front.  -EINVAL if ".." would lead out of the
 * destination.
 */
int member_path(const char *name, char **ret_path);

#endif /* COPY_ARCHIVE_PATH_H */
