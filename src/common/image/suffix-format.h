/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suffix-format.h - the format of an image that the user did not name, by the
 * suffix of its file name.
 */
#ifndef TOOLS_SUFFIX_FORMAT_H
#define TOOLS_SUFFIX_FORMAT_H

#include <stdbool.h>

/*
 * suffix_format - the format that the suffix and the contents of a file agree on
 * @names_files: accept a vmdk image that can name further files
 *
 * Returns the name of the format, or NULL: also for raw and qcow2.
 */
const char *suffix_format(const char *path, bool names_files);

#endif /* TOOLS_SUFFIX_FORMAT_H */
