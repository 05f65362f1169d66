/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * os-release.h - the lines of /etc/os-release.
 */
#ifndef COMMON_SYSTEM_OS_RELEASE_H
#define COMMON_SYSTEM_OS_RELEASE_H

/*
 * os_release_value - the value of the first line "KEY=value"
 * @text: may be NULL
 *
 * Without the quotes of the shell.  NULL: there is none, or no memory.  The caller
 * frees it.
 */
char *os_release_value(const char *text, const char *key);

#endif /* COMMON_SYSTEM_OS_RELEASE_H */
