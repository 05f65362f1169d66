/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * descriptor-path.h - paths of open files, by their links in /proc.
 */
#ifndef TOOLS_DESCRIPTOR_PATH_H
#define TOOLS_DESCRIPTOR_PATH_H

/* The longest of these paths, with its zero byte. */
#define DESCRIPTOR_PATH_SIZE	sizeof("/proc/self/fd/-2147483648")

/*
 * descriptor_path - a path of this process that leads to what @fd refers to
 *
 * It does so whatever has become of the file's name.  Opened, it gives another
 * description of the same file.  Returns @buf.
 */
const char *descriptor_path(int fd, char buf[DESCRIPTOR_PATH_SIZE]);

/*
 * descriptor_name - what the host's kernel calls the file
 * @ret_name: PATH_MAX bytes; untouched on failure
 *
 * An absolute path, with " (deleted)" behind that of a removed file; or "pipe:[1]" and
 * the like.  Returns 0 or -errno.
 */
int descriptor_name(int fd, char *ret_name);

#endif /* TOOLS_DESCRIPTOR_PATH_H */
