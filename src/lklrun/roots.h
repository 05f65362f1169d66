/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * roots.h - root directories: of the image, of each process, and where the image is
 * in what the program sees.
 */
#ifndef LKLRUN_ROOTS_H
#define LKLRUN_ROOTS_H

#include <stdbool.h>

#include <lkl.h>

struct process;

/* roots_init - part of resolve_init() */
int roots_init(int root, const char *at, struct lkl_error *err);

/* roots_end - make the image's root the root again, and close /proc */
void roots_end(void);

/* The image's root directory, inside. */
int roots_image(void);

/* A descriptor of the /proc of the kernel inside, which is not mounted in the image. */
int roots_proc(void);

/*
 * roots_proc_name - the name from there of the link that leads to a descriptor inside
 *
 * Returns @buf.
 */
#define ROOTS_PROC_NAME_SIZE	sizeof("self/fd/-2147483648")
const char *roots_proc_name(int inside, char buf[ROOTS_PROC_NAME_SIZE]);

/* roots_enter - make the process's root that of the kernel inside: 0 or -errno */
long roots_enter(const struct process *process);

/*
 * roots_find - the path in the image of an absolute path without links and ".."
 *
 * It begins with a slash.  NULL: the path is on the host.
 */
const char *roots_find(const char *path);

/* roots_are_image - whether a descriptor inside is the image's root directory */
bool roots_are_image(int inside);

/* Where the image is on the host, or NULL. */
const char *roots_place(void);

/* Whether the image is at a place of the host. */
bool roots_are_of_host(void);

/* roots_add_prefix - what the program calls a path inside; PATH_MAX bytes */
long roots_add_prefix(const char *path, char *buf);

#endif /* LKLRUN_ROOTS_H */
